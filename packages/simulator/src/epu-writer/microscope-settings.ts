import {
  baseObject,
  double,
  EPU_DATAMODEL,
  genericType,
  localTime,
  NAMESPACE,
  type ObjectIds,
  reference,
  TYPE,
} from "./dotnet.js";
import { INSTRUMENT } from "./microscope-image.js";

/** One of the optical presets of a session. */
interface Preset {
  readonly key: string;
  readonly displayName: string;
  readonly exposureTimeS: number;
  readonly beamDiameterM: number;
  readonly defocusM: number;
  readonly spot: number;
  readonly magnificationIndex: number;
  readonly lowMagnification: boolean;
  readonly fractions: number | null;
}

const PRESETS: readonly Preset[] = [
  preset("Atlas", "Atlas", 1, 9e-4, -1e-3, 8, 4, true),
  preset("GridSquare", "GridSquare", 1, 4e-4, -5e-5, 4, 9, true),
  preset("Hole", "Hole/EucentricHeight", 0.5, 1.27e-5, -2e-5, 6, 21, false),
  preset("Acquisition", "Data Acquisition", 4.2, 1.09e-6, -3e-6, 5, 30, false, 40),
  preset("AutoFocus", "Autofocus", 1, 1.09e-6, -3e-6, 5, 30, false),
  preset("DriftMeasurement", "Drift Measurement", 1, 1.09e-6, -3e-6, 5, 30, false),
  preset("ZeroLoss", "Zero Loss", 2, 5.7e-7, -3e-6, 3, 32, false),
  preset("ThonRing", "Thon Ring", 2, 1.09e-6, -1.8e-6, 5, 30, false),
];

const PRESET_ID = `Applications.Epu.Datamodel.ExperimentSettingsId, ${EPU_DATAMODEL}`;
const PRESET_VALUE =
  "Fei.Applications.Common.Services.MicroscopeSettings, Fei.Applications.Common.Services, Version=5.27.1.7204, Culture=neutral, PublicKeyToken=null";
const CAMERA_INPUT = genericType("Dictionary", TYPE.string, TYPE.object);
const CAMERA_INPUT_PAIRS = `${genericType("KeyValuePair", TYPE.string, TYPE.object)}[]`;
const STRING_COMPARER = genericType("GenericEqualityComparer", TYPE.string);
const PRESET_ENTRY = "KeyValuePairOfExperimentSettingsIdMicroscopeSettingsCG2rZ1D8";

/** `MicroscopeSettings` of a session: the optical presets that it works with. */
export function microscopeSettingsXml(ids: ObjectIds, timeMs: number, utcOffsetMin: number): string {
  let stringComparer: number | null = null;
  const comparer = (): string => {
    if (stringComparer !== null) return `<Comparer ${reference(stringComparer)} xmlns=""/>`;
    const text = `<Comparer ${baseObject(ids, STRING_COMPARER)} xmlns=""/>`;
    stringComparer = ids.last;
    return text;
  };
  let text =
    `<MicroscopeSettings ${baseObject(ids, genericType("Dictionary", PRESET_ID, PRESET_VALUE))} xmlns:a="${NAMESPACE.arrays}">` +
    `<Version ${baseObject(ids, "System.Int32")} xmlns="">80</Version>` +
    `<Comparer ${baseObject(ids, genericType("EnumEqualityComparer", PRESET_ID))} xmlns=""/>` +
    `<HashSize ${baseObject(ids, "System.Int32")} xmlns="">17</HashSize>` +
    `<KeyValuePairs ${baseObject(ids, `${genericType("KeyValuePair", PRESET_ID, PRESET_VALUE)}[]`)} z:Size="${PRESETS.length}" xmlns="">`;
  for (const [index, item] of PRESETS.entries()) {
    text +=
      `<${PRESET_ENTRY} xmlns="${NAMESPACE.generic}"><key>${item.key}</key><value ${ids.next()} xmlns:b="${NAMESPACE.services}">` +
      `<b:Acquisition ${ids.next()} xmlns:c="${NAMESPACE.shared}">` +
      `<c:acquisitionDateTime>${localTime(timeMs + 150 * index, utcOffsetMin)}</c:acquisitionDateTime>` +
      `<c:analyticalDetectors ${ids.next()}><c:_items ${ids.next()} z:Size="0"/><c:_size>0</c:_size><c:_version>0</c:_version></c:analyticalDetectors>` +
      `${cameraXml(item, ids, comparer)}` +
      `<c:plateCamera ${ids.next()}><c:ExposureTime>1</c:ExposureTime><c:Use>false</c:Use></c:plateCamera>` +
      `<c:scanSettings ${ids.next()}><c:DwellTime>0</c:DwellTime><c:ReducedArea i:nil="true" xmlns:d="${NAMESPACE.drawing}"/>` +
      `<c:Resolution xmlns:d="${NAMESPACE.drawing}"><d:height>0</d:height><d:width>0</d:width></c:Resolution>` +
      `<c:ScanArea xmlns:d="${NAMESPACE.drawing}"><d:height>0</d:height><d:width>0</d:width><d:x>0</d:x><d:y>0</d:y></c:ScanArea>` +
      `<c:ScanRotation>0</c:ScanRotation></c:scanSettings>` +
      `<c:scanningDetector ${ids.next()}><c:DetectorType>SecondaryElectrons</c:DetectorType><c:Gain i:nil="true"/>` +
      `<c:Inserted>false</c:Inserted><c:Name i:nil="true"/><c:Offset i:nil="true"/></c:scanningDetector></b:Acquisition>` +
      calibrationsXml(ids) +
      `<b:DisplayName ${ids.next()}>${item.displayName}</b:DisplayName>` +
      opticsXml("b:Optics", item, ids) +
      optionsXml(item, ids) +
      `</value></${PRESET_ENTRY}>`;
  }
  return `${text}</KeyValuePairs></MicroscopeSettings>`;
}

function preset(
  key: string,
  displayName: string,
  exposureTimeS: number,
  beamDiameterM: number,
  defocusM: number,
  spot: number,
  magnificationIndex: number,
  lowMagnification: boolean,
  fractions: number | null = null,
): Preset {
  return {
    key,
    displayName,
    exposureTimeS,
    beamDiameterM,
    defocusM,
    spot,
    magnificationIndex,
    lowMagnification,
    fractions,
  };
}

function cameraXml(item: Preset, ids: ObjectIds, comparer: () => string): string {
  const entry = (key: string, type: string, value: string): string =>
    `<KeyValuePairOfstringanyType xmlns="${NAMESPACE.generic}"><key ${ids.next()}>${key}</key>` +
    `<value ${baseObject(ids, type)}>${value}</value></KeyValuePairOfstringanyType>`;
  return (
    `<c:camera ${ids.next()}><c:Binning xmlns:d="${NAMESPACE.drawing}"><d:x>1</d:x><d:y>1</d:y></c:Binning>` +
    `<c:CameraLocation>EnergyFilter</c:CameraLocation><c:CameraSpecificInput ${baseObject(ids, CAMERA_INPUT)}>` +
    `<Version ${baseObject(ids, "System.Int32")} xmlns="">5</Version>${comparer()}` +
    `<HashSize ${baseObject(ids, "System.Int32")} xmlns="">7</HashSize>` +
    `<KeyValuePairs ${baseObject(ids, CAMERA_INPUT_PAIRS)} z:Size="5" xmlns="">` +
    entry("AlignIntegratedImageEnabled", "System.Boolean", "false") +
    entry("SuperResolutionFactor", "System.Int32", "1") +
    `<KeyValuePairOfstringanyType xmlns="${NAMESPACE.generic}"><key ${ids.next()}>FractionationSettings</key>` +
    (item.fractions === null
      ? `<value i:nil="true"/>`
      : `<value ${ids.next()} z:Type="Fei.Applications.Common.Omp.Interface.EquidistantFractionation" ` +
        `z:Assembly="Fei.Applications.Common.Omp.Interface, Version=25.6.0.2171, Culture=neutral, PublicKeyToken=null">` +
        `<NumberOffractions xmlns="${NAMESPACE.omp}">${item.fractions}</NumberOffractions></value>`) +
    `</KeyValuePairOfstringanyType>` +
    entry("ElectronCountingEnabled", "System.Boolean", "true") +
    entry("FixedReadoutArea", "System.String", "Full") +
    `</KeyValuePairs></c:CameraSpecificInput><c:DarkGainCorrection>None</c:DarkGainCorrection>` +
    `<c:ExposureTime>${double(item.exposureTimeS)}</c:ExposureTime><c:Inserted>false</c:Inserted>` +
    `<c:Name ${ids.next()}>${INSTRUMENT.cameraName}</c:Name><c:PreExposurePauseTime>0</c:PreExposurePauseTime>` +
    `<c:PreExposureSupported>false</c:PreExposureSupported><c:PreExposureTime>0</c:PreExposureTime>` +
    `<c:ReadoutArea xmlns:d="${NAMESPACE.drawing}"><d:height>4096</d:height><d:width>4096</d:width><d:x>0</d:x><d:y>0</d:y></c:ReadoutArea>` +
    `<c:Shutter>PreSpecimen</c:Shutter></c:camera>`
  );
}

function calibrationsXml(ids: ObjectIds): string {
  return (
    `<b:DirectCalibrations ${ids.next()}><b:CryoBoxImageBeamShift xmlns:c="${NAMESPACE.drawing}"><c:x>0</c:x><c:y>0</c:y></b:CryoBoxImageBeamShift>` +
    `<b:I0 ${ids.next()}><b:MeasurementDiameter>0</b:MeasurementDiameter>` +
    `<b:MeasurementPosition i:nil="true" xmlns:c="${NAMESPACE.shared}"/><b:MeasurementTime>0001-01-01T00:00:00</b:MeasurementTime>` +
    `<b:Value>0</b:Value></b:I0><b:ImageShift xmlns:c="${NAMESPACE.drawing}"><c:height>0</c:height><c:width>0</c:width></b:ImageShift>` +
    `</b:DirectCalibrations>`
  );
}

function opticsXml(name: string, item: Preset, ids: ObjectIds): string {
  const zero = (field: string): string =>
    `<c:${field} xmlns:d="${NAMESPACE.types}"><d:_x>0</d:_x><d:_y>0</d:_y></c:${field}>`;
  return (
    `<${name} ${ids.next()} xmlns:c="${NAMESPACE.shared}"><c:Apertures ${ids.next()}><c:C2Aperture ${ids.next()}>` +
    `<c:Diameter>50</c:Diameter></c:C2Aperture><c:C3Aperture i:nil="true"/><c:SaAperture i:nil="true"/></c:Apertures>` +
    `<c:BeamConvergence i:nil="true"/><c:BeamDiameter>${double(item.beamDiameterM)}</c:BeamDiameter>${zero("BeamShift")}${zero("BeamTilt")}` +
    `<c:Cameralength>0</c:Cameralength><c:ColumnOperatingMode>TEM</c:ColumnOperatingMode>` +
    `<c:ColumnOperatingTemSubMode>BrightField</c:ColumnOperatingTemSubMode>${zero("CondenserStigmator")}` +
    `<c:Defocus>${double(item.defocusM)}</c:Defocus><c:DiffractionFocus>0</c:DiffractionFocus>${zero("DiffractionShift")}${zero("DiffractionStigmator")}` +
    `<c:EFTEMOn>true</c:EFTEMOn><c:EnergyFilter ${ids.next()}><c:AccelerationVoltageOffset i:nil="true"/>` +
    `<c:DriftTubeVoltage>0</c:DriftTubeVoltage><c:EnergySelectionSlitInserted>${!item.lowMagnification}</c:EnergySelectionSlitInserted>` +
    `<c:EnergySelectionSlitWidth>10</c:EnergySelectionSlitWidth><c:EnergyShift>0</c:EnergyShift>` +
    `<c:EntranceApertureDiameter i:nil="true"/><c:EntranceApertureType i:nil="true"/></c:EnergyFilter><c:Focus>0</c:Focus>` +
    `<c:GunStigmator i:nil="true" xmlns:d="${NAMESPACE.types}"/><c:IlluminationMode i:nil="true"/>` +
    `<c:IlluminationProbeSubMode i:nil="true"/>${zero("ImageShift")}<c:Intensity>0</c:Intensity>` +
    `<c:ObjectiveLensMode>${item.lowMagnification ? "LM" : "HM"}</c:ObjectiveLensMode>${zero("ObjectiveStigmator")}` +
    `<c:ProbeMode>${item.lowMagnification ? "MicroProbe" : "NanoProbe"}</c:ProbeMode><c:ProjectorMode>Imaging</c:ProjectorMode>` +
    `<c:SpotIndex>${item.spot}</c:SpotIndex><c:StemDefocus>0</c:StemDefocus><c:StemFieldOfView i:nil="true"/>` +
    `<c:StemMagnification i:nil="true"/><c:TemMagnification><c:NominalMagnification>${item.magnificationIndex}</c:NominalMagnification></c:TemMagnification>` +
    `<c:XLModeOn>false</c:XLModeOn></${name}>`
  );
}

function optionsXml(item: Preset, ids: ObjectIds): string {
  const camera =
    item.fractions === null ? "CameraSpecificParametersAllowed" : "CameraSpecificParametersAllowedWithFractionation";
  return (
    `<b:Options ${ids.next()}><b:DdCameraOption>${camera}</b:DdCameraOption><b:IsAcquisitionModifiable>true</b:IsAcquisitionModifiable>` +
    `<b:IsC2Modifiable>true</b:IsC2Modifiable><b:IsDefocusAllowed>true</b:IsDefocusAllowed>` +
    `<b:IsI0MeasurementAllowed>false</b:IsI0MeasurementAllowed><b:IsOpticsLinked>false</b:IsOpticsLinked>` +
    `<b:IsOpticsModifiable>true</b:IsOpticsModifiable><b:OpticalModeFilter>${item.lowMagnification ? "LM" : "HM"}</b:OpticalModeFilter></b:Options>`
  );
}
