import { double, EPU_VERSION, localTime, NAMESPACE, single } from "./dotnet.js";

/** The microscope that takes the images. */
export interface Instrument {
  readonly model: string;
  readonly id: string;
  readonly computerName: string;
  readonly cameraName: string;
  readonly detectorCommercialName: string;
}

export const INSTRUMENT: Instrument = {
  model: "TITAN52330001",
  id: "9001",
  computerName: "TITAN52330001",
  cameraName: "BM-Falcon",
  detectorCommercialName: "Falcon 4i",
};

/** Conditions under which an image was taken. */
export interface ImageConditions {
  readonly nominalMagnification: number;
  readonly pixelSizeM: number;
  readonly binning: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly exposureTimeS: number;
  readonly appliedDefocusM: number;
  readonly defocusM: number;
  readonly dosePerM2: number;
  readonly beamDiameterM: number;
  readonly lowMagnification: boolean;
  readonly slitInserted: boolean;
  readonly fractions: number | null;
}

export interface ImageManifest extends ImageConditions {
  readonly uniqueId: string;
  readonly guid: string;
  readonly acquiredAtMs: number;
  readonly utcOffsetMin: number;
  readonly stage: { readonly xM: number; readonly yM: number; readonly zM: number };
  readonly beamShift: { readonly x: number; readonly y: number };
  /** What hole centring found, in pixels of the image; null where it did not look. */
  readonly holeCentre: {
    readonly xPx: number;
    readonly yPx: number;
    readonly widthPx: number;
    readonly heightPx: number;
    readonly quality: number;
    readonly rotationRad: number;
  } | null;
}

/** Tilts of the stage at rest. */
const STAGE_A_RAD = -0.00021334249972001129;
const STAGE_B_RAD = 0.0167836925;

/** The XML beside an image of a square, a hole, a tile, the atlas, or beside an exposure. */
export function microscopeImageXml(image: ImageManifest): string {
  const { stage } = image;
  const zero = (name: string): string => point2(name, 0, 0);
  return (
    `<MicroscopeImage xmlns="${NAMESPACE.shared}" xmlns:i="${NAMESPACE.instance}">` +
    `<name>Empty</name><uniqueID>${image.uniqueId}</uniqueID>${customData(image)}<IntensityScale i:nil="true"/>` +
    referenceTransformation(image.pixelSizeM) +
    `<SpatialScale><offset>${lengths(0)}</offset><pixelSize>${lengths(image.pixelSizeM)}</pixelSize></SpatialScale>` +
    `<microscopeData><acquisition>` +
    `<acquisitionDateTime>${localTime(image.acquiredAtMs, image.utcOffsetMin)}</acquisitionDateTime>` +
    `<analyticalDetectors/>${camera(image)}` +
    `<plateCamera><ExposureTime>0</ExposureTime><Use>false</Use></plateCamera>` +
    `<scanSettings><DwellTime>0</DwellTime><ReducedArea i:nil="true" xmlns:a="${NAMESPACE.drawing}"/>` +
    `<Resolution xmlns:a="${NAMESPACE.drawing}"><a:height>0</a:height><a:width>0</a:width></Resolution>` +
    `<ScanArea xmlns:a="${NAMESPACE.drawing}"><a:height>0</a:height><a:width>0</a:width><a:x>0</a:x><a:y>0</a:y></ScanArea>` +
    `<ScanRotation>0</ScanRotation></scanSettings>` +
    `<scanningDetector><DetectorType>SecondaryElectrons</DetectorType><Gain i:nil="true"/><Inserted>false</Inserted>` +
    `<Name i:nil="true"/><Offset i:nil="true"/></scanningDetector></acquisition>` +
    `<core><ApplicationSoftware>EPU</ApplicationSoftware>` +
    `<ApplicationSoftwareVersion>${EPU_VERSION}</ApplicationSoftwareVersion><Guid>${image.guid}</Guid></core>` +
    `<gun><AccelerationVoltage>300000</AccelerationVoltage><ExtractorVoltage>4250</ExtractorVoltage>` +
    `<Filament i:nil="true"/><GunLens>4</GunLens><Sourcetype>FieldEmission</Sourcetype><WehneltBias i:nil="true"/></gun>` +
    `<instrument><AcquisitionSoftware i:nil="true"/><AcquisitionSoftwareVersion i:nil="true"/>` +
    `<ComputerName>${INSTRUMENT.computerName}</ComputerName><InstrumentID>${INSTRUMENT.id}</InstrumentID>` +
    `<InstrumentModel>${INSTRUMENT.model}</InstrumentModel></instrument>` +
    `<optics><Apertures i:nil="true"/><BeamConvergence i:nil="true"/>` +
    `<BeamDiameter>${double(image.beamDiameterM)}</BeamDiameter>` +
    point2("BeamShift", image.beamShift.x, image.beamShift.y) +
    `${zero("BeamTilt")}<Cameralength>0</Cameralength><ColumnOperatingMode>TEM</ColumnOperatingMode>` +
    `<ColumnOperatingTemSubMode>BrightField</ColumnOperatingTemSubMode>${zero("CondenserStigmator")}` +
    `<Defocus>${double(image.defocusM)}</Defocus><DiffractionFocus>0</DiffractionFocus>` +
    `${zero("DiffractionShift")}${zero("DiffractionStigmator")}<EFTEMOn>true</EFTEMOn>` +
    `<EnergyFilter><AccelerationVoltageOffset>0</AccelerationVoltageOffset><DriftTubeVoltage>0</DriftTubeVoltage>` +
    `<EnergySelectionSlitInserted>${image.slitInserted}</EnergySelectionSlitInserted>` +
    `<EnergySelectionSlitWidth>10</EnergySelectionSlitWidth><EnergyShift>-0</EnergyShift>` +
    `<EntranceApertureDiameter i:nil="true"/><EntranceApertureType i:nil="true"/></EnergyFilter>` +
    `<Focus>${double(image.defocusM * 1.5)}</Focus><GunStigmator i:nil="true" xmlns:a="${NAMESPACE.types}"/>` +
    `<IlluminationMode>Parallel</IlluminationMode><IlluminationProbeSubMode i:nil="true"/>${zero("ImageShift")}` +
    `<Intensity>0</Intensity><ObjectiveLensMode>${image.lowMagnification ? "LM" : "HM"}</ObjectiveLensMode>` +
    `${zero("ObjectiveStigmator")}<ProbeMode>${image.lowMagnification ? "MicroProbe" : "NanoProbe"}</ProbeMode>` +
    `<ProjectorMode>Imaging</ProjectorMode><SpotIndex>5</SpotIndex><StemDefocus>0</StemDefocus>` +
    `<StemFieldOfView i:nil="true"/><StemMagnification i:nil="true"/>` +
    `<TemMagnification><NominalMagnification>${image.nominalMagnification}</NominalMagnification></TemMagnification>` +
    `<XLModeOn>false</XLModeOn></optics>` +
    `<sample><Description i:nil="true"/><ID i:nil="true"/></sample>` +
    `<stage><Holder>Unspecified</Holder><Position><A>${double(STAGE_A_RAD)}</A><B>${double(STAGE_B_RAD)}</B>` +
    `<X>${double(stage.xM)}</X><Y>${double(stage.yM)}</Y><Z>${double(stage.zM)}</Z></Position>` +
    `<SampleLoader>None</SampleLoader></stage>` +
    `<vacuum><ProjectionChamberPressure>0</ProjectionChamberPressure><SamplePressure>0</SamplePressure>` +
    `<VacuumMode>Ready</VacuumMode></vacuum></microscopeData></MicroscopeImage>`
  );
}

function customData(image: ImageManifest): string {
  const detector = `Detectors[${INSTRUMENT.cameraName}]`;
  const { holeCentre } = image;
  return (
    `<CustomData xmlns:a="${NAMESPACE.arrays}">` +
    entry("DoseOnCamera", "double", double(image.dosePerM2 * image.pixelSizeM * image.pixelSizeM)) +
    entry("Aperture[C1].Name", "string", "2000") +
    entry("Aperture[C2].Name", "string", "50") +
    entry("Aperture[C3].Name", "string", "None") +
    entry("Aperture[OBJ].Name", "string", image.lowMagnification ? "None" : "100") +
    entry("Aperture[SA].Name", "string", "None") +
    entry("StemMagnification", "boolean", "false") +
    entry(`${detector}.CommercialName`, "string", INSTRUMENT.detectorCommercialName) +
    entry(`${detector}.ElectronCounted`, "boolean", "true") +
    entry("DoseRate", "double", double((image.dosePerM2 * image.pixelSizeM ** 2) / image.exposureTimeS)) +
    entry("IlluminationIntensity", "double", "0") +
    entry("Dose", "double", double(image.dosePerM2)) +
    entry("PhasePlateUsed", "boolean", "false") +
    entry("BinaryResult.Detector", "string", INSTRUMENT.cameraName) +
    entry("DetectorCommercialName", "string", INSTRUMENT.detectorCommercialName) +
    (holeCentre === null
      ? ""
      : `<a:KeyValueOfstringanyType><a:Key>FindFoilHoleCenterResults</a:Key>` +
        `<a:Value i:type="b:Shape2D" xmlns:b="${NAMESPACE.types}">` +
        `<b:Center xmlns:c="${NAMESPACE.drawing}"><c:x>${single(holeCentre.xPx)}</c:x><c:y>${single(holeCentre.yPx)}</c:y></b:Center>` +
        `<b:Quality>${double(holeCentre.quality)}</b:Quality><b:Rotation>${double(holeCentre.rotationRad)}</b:Rotation>` +
        `<b:Shear>0</b:Shear><b:Size xmlns:c="${NAMESPACE.drawing}"><c:height>${single(holeCentre.heightPx)}</c:height>` +
        `<c:width>${single(holeCentre.widthPx)}</c:width></b:Size></a:Value></a:KeyValueOfstringanyType>`) +
    entry("AppliedDefocus", "double", double(image.appliedDefocusM)) +
    `</CustomData>`
  );
}

function entry(key: string, type: string, value: string): string {
  return (
    `<a:KeyValueOfstringanyType><a:Key>${key}</a:Key>` +
    `<a:Value i:type="b:${type}" xmlns:b="${NAMESPACE.schema}">${value}</a:Value></a:KeyValueOfstringanyType>`
  );
}

function referenceTransformation(pixelSizeM: number): string {
  const turn = 0.0744;
  const along = double(pixelSizeM * Math.cos(turn));
  const across = double(-pixelSizeM * Math.sin(turn));
  return (
    `<ReferenceTransformation><matrix xmlns:a="${NAMESPACE.media}"><a:_m11>${along}</a:_m11><a:_m12>${across}</a:_m12>` +
    `<a:_m21>${across}</a:_m21><a:_m22>-${along}</a:_m22><a:_offsetX>0</a:_offsetX><a:_offsetY>0</a:_offsetY>` +
    `<a:_padding>0</a:_padding><a:_type>TRANSFORM_IS_UNKNOWN</a:_type></matrix>${METRE}</ReferenceTransformation>`
  );
}

const METRE =
  `<unit xmlns:a="${NAMESPACE.units}">` +
  `<a:_x003C_PrefixExponent_x003E_k__BackingField>1</a:_x003C_PrefixExponent_x003E_k__BackingField>` +
  `<a:_x003C_Symbol_x003E_k__BackingField>m</a:_x003C_Symbol_x003E_k__BackingField></unit>`;

function lengths(valueM: number): string {
  const value = `<numericValue>${double(valueM)}</numericValue>${METRE}`;
  return `<x>${value}</x><y>${value}</y>`;
}

function point2(name: string, x: number, y: number): string {
  return `<${name} xmlns:a="${NAMESPACE.types}"><a:_x>${double(x)}</a:_x><a:_y>${double(y)}</a:_y></${name}>`;
}

function camera(image: ImageManifest): string {
  const fractionation =
    image.fractions === null
      ? `<a:Value i:nil="true"/>`
      : `<a:Value i:type="b:EquidistantFractionation" xmlns:b="${NAMESPACE.omp}">` +
        `<b:NumberOffractions>${image.fractions}</b:NumberOffractions></a:Value>`;
  return (
    `<camera><Binning xmlns:a="${NAMESPACE.drawing}"><a:x>${image.binning}</a:x><a:y>${image.binning}</a:y></Binning>` +
    `<CameraLocation>EnergyFilter</CameraLocation><CameraSpecificInput xmlns:a="${NAMESPACE.arrays}">` +
    entry("AlignIntegratedImageEnabled", "boolean", "false") +
    entry("SuperResolutionFactor", "long", "1") +
    `<a:KeyValueOfstringanyType><a:Key>FractionationSettings</a:Key>${fractionation}</a:KeyValueOfstringanyType>` +
    entry("ElectronCountingEnabled", "boolean", "true") +
    entry("ApplyDefinedShutter", "boolean", "true") +
    entry("FixedReadoutArea", "string", "Full") +
    `</CameraSpecificInput><DarkGainCorrection>None</DarkGainCorrection>` +
    `<ExposureTime>${double(image.exposureTimeS)}</ExposureTime><FixedReadoutArea>Full</FixedReadoutArea>` +
    `<Inserted>true</Inserted><Name>${INSTRUMENT.cameraName}</Name><PreExposurePauseTime>0</PreExposurePauseTime>` +
    `<PreExposureSupported>false</PreExposureSupported><PreExposureTime>0</PreExposureTime>` +
    `<ReadoutArea xmlns:a="${NAMESPACE.drawing}"><a:height>${image.heightPx}</a:height><a:width>${image.widthPx}</a:width>` +
    `<a:x>0</a:x><a:y>0</a:y></ReadoutArea><Shutter>PreSpecimen</Shutter></camera>`
  );
}
