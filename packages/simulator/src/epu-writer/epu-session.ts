import type { GridTruth } from "../grid-truth.js";
import {
  APPS_SHARED_VERSION,
  assembly,
  double,
  EPU_PERSISTENCE,
  escaped,
  genericType,
  localTime,
  NAMESPACE,
  ObjectIds,
  reference,
  single,
  TYPE,
  utcTime,
} from "./dotnet.js";
import { microscopeSettingsXml } from "./microscope-settings.js";

export interface SessionPlace {
  readonly name: string;
  /** What the operator typed for the autoloader slot. */
  readonly sampleName: string;
  /** Windows path of Atlas.dm. */
  readonly atlasPath: string;
  /** Windows path of the folder that holds the session's folder. */
  readonly storagePath: string;
  readonly startedAtMs: number;
  readonly utcOffsetMin: number;
}

const DMP = assembly("Applications.SciencesAppsShared.DMP.BusinessLogic", APPS_SHARED_VERSION);
const DMP_FIELDS = [
  "DatasetId",
  "DatasetName",
  "ExperimentId",
  "ExperimentName",
  "ProjectId",
  "ProjectName",
  "WorkflowId",
  "WorkflowName",
  "WorkstepId",
  "WorkstepName",
];
const COMMON_ID = `<Id xmlns="${NAMESPACE.common}">`;
const SQUARE_ENTRY = "b:KeyValuePairOfintSerializedReferenceOfGridSquareXml_PsqDC3X0m6koiAE_P";
const AREA_ENTRY = "b:KeyValuePairOfintDataAcquisitionAreaXmlBpEWF4JT";

/** `EpuSession.dm`. */
export function epuSessionXml(truth: GridTruth, place: SessionPlace): string {
  const ids = new ObjectIds();
  let text =
    `<EpuSessionXml ${ids.next()} z:Type="Applications.Epu.Persistence.EpuSessionXml" z:Assembly="${EPU_PERSISTENCE}" ` +
    `xmlns="${NAMESPACE.epu}" xmlns:i="${NAMESPACE.instance}" xmlns:z="${NAMESPACE.serialization}">` +
    `${COMMON_ID}${truth.sessionId}</Id><AutoFocusEnabled>false</AutoFocusEnabled><AutoStageTimeEnabled>false</AutoStageTimeEnabled>` +
    `<AutoZeroLossEnabled>false</AutoZeroLossEnabled><AutoZeroLossPeriodicity>PT1H</AutoZeroLossPeriodicity>` +
    `<AutoloaderDescription ${ids.next()}>${escaped(place.sampleName)}</AutoloaderDescription><AutoloaderSlot>${truth.autoloaderSlot}</AutoloaderSlot>` +
    `<ClusteringMode>ClusteringWithImageBeamShift</ClusteringMode><ClusteringRadius>${double(truth.options.clusterRadiusM)}</ClusteringRadius>` +
    `<DMPSession ${ids.next()} z:Type="Applications.SciencesAppsShared.DMP.BusinessLogic.Persistence.DMPSessionXml" z:Assembly="${DMP}">` +
    `<AcquisitionRunId ${ids.next()}/>`;
  const empty = ids.last;
  for (const field of DMP_FIELDS) text += `<${field} ${reference(empty)}/>`;
  text +=
    `</DMPSession><DoseFractionsOutputFormat ${ids.next()}>Eer</DoseFractionsOutputFormat>` +
    `<EmailNotificationEnabled>false</EmailNotificationEnabled><EnableSmartHoleSelection>false</EnableSmartHoleSelection>` +
    `<IceThicknessEnabled>false</IceThicknessEnabled><ImageFileFormat>Mrc</ImageFileFormat><IsManuallySelected>true</IsManuallySelected>` +
    `<IsSmartFilterGridSquareDecisionKnown>false</IsSmartFilterGridSquareDecisionKnown><MicroscopeName i:nil="true"/>` +
    `<Name ${ids.next()}>${escaped(place.name)}</Name>`;
  const name = ids.last;
  text +=
    `<NumberOfTargetLocationsToSelect i:nil="true"/><PhasePlateAccelerateEnabled>false</PhasePlateAccelerateEnabled>` +
    `<PhasePlateActivationTime>PT20S</PhasePlateActivationTime><PhasePlateEnabled>false</PhasePlateEnabled>` +
    `<PhasePlatePeriodicity>50</PhasePlatePeriodicity><RecipientsEmailList i:nil="true"/>` +
    `<RemoveHolesCloseToGridBarOnAutomaticRun>true</RemoveHolesCloseToGridBarOnAutomaticRun>` +
    `<Samples ${ids.next()}><_items ${ids.next()} z:Size="4">${sampleXml(truth, place, ids)}` +
    `<SampleXml i:nil="true"/><SampleXml i:nil="true"/><SampleXml i:nil="true"/></_items><_size>1</_size><_version>1</_version></Samples>` +
    `<SkipGridSquareEnabled>false</SkipGridSquareEnabled><SmartFoilHoleFindingEnabled>false</SmartFoilHoleFindingEnabled>` +
    `<SmartGridSquareEnabled>false</SmartGridSquareEnabled><StartDateTime>${utcTime(place.startedAtMs)}</StartDateTime>` +
    `<StorageFolders ${ids.next()}><_items ${ids.next()} z:Size="4"><StorageFolderXml ${ids.next()}>${COMMON_ID}${truth.sessionId + 1}</Id>` +
    `<DiscId>1</DiscId><Path ${ids.next()}>${escaped(place.storagePath)}</Path><SessionName ${reference(name)}/></StorageFolderXml>` +
    `<StorageFolderXml i:nil="true"/><StorageFolderXml i:nil="true"/><StorageFolderXml i:nil="true"/></_items><_size>1</_size><_version>1</_version>` +
    `</StorageFolders><TiltAngle>0</TiltAngle><TiltedAcquisitionEnabled>false</TiltedAcquisitionEnabled>` +
    `<Version ${ids.next()} xmlns:a="${NAMESPACE.system}"><a:_Build>0</a:_Build><a:_Major>3</a:_Major><a:_Minor>0</a:_Minor><a:_Revision>0</a:_Revision></Version>` +
    `</EpuSessionXml>`;
  return text;
}

function sampleXml(truth: GridTruth, place: SessionPlace, ids: ObjectIds): string {
  const { sampleId } = truth;
  const filter = (id: number, greatest: string, least: string): string =>
    `${COMMON_ID}${id}</Id><I0>0</I0><IsCalibrated>false</IsCalibrated><MaximumIntensity>${greatest}</MaximumIntensity>` +
    `<MinimumIntensity>${least}</MinimumIntensity><ReferenceBeamCurrent i:nil="true"/>` +
    `<SmartIceThicknessMaximumIntensity>0</SmartIceThicknessMaximumIntensity><SmartIceThicknessMinimumIntensity>0</SmartIceThicknessMinimumIntensity>`;
  let text =
    `<SampleXml ${ids.next()}>${COMMON_ID}${sampleId}</Id><AlignmentTimeStamp>${utcTime(place.startedAtMs - 3_600_000)}</AlignmentTimeStamp>` +
    `<AllowDarkFoilHolesOnGridSquareMagnification>false</AllowDarkFoilHolesOnGridSquareMagnification>` +
    `<AtlasId ${ids.next()}>${escaped(place.atlasPath)}</AtlasId><EndDateTime i:nil="true"/>` +
    `<FilterGridSquaresSettings ${ids.next()}>${filter(sampleId + 2, "65535", "0")}</FilterGridSquaresSettings>` +
    `<FilterHolesSettings ${ids.next()}>${filter(sampleId + 1, "1020.8035714285713", "100")}` +
    `<HoleSize>${double(truth.layout.holeDiameterM)}</HoleSize><HoleSpacing>${double(truth.layout.holeSpacingM)}</HoleSpacing>` +
    `<Rotation>3.0671749626142644</Rotation></FilterHolesSettings><GridGeometry>Square</GridGeometry>` +
    `<GridSquares ${ids.next()} xmlns:a="${NAMESPACE.arrays}">` +
    `<a:m_comparer ${ids.next()} z:Type="${genericType("GenericEqualityComparer", TYPE.int32)}" z:Assembly="0"/>`;
  const comparer = ids.last;
  text +=
    `<a:m_keyRehashCount>0</a:m_keyRehashCount>` +
    `<a:m_serializationArray ${ids.next()} z:Size="${truth.squares.length}" xmlns:b="${NAMESPACE.generic}">`;
  for (const square of truth.squares) {
    text +=
      `<${SQUARE_ENTRY}><b:key>${square.id}</b:key><b:value ${ids.next()} xmlns:c="${NAMESPACE.common}">` +
      `<c:FileName ${ids.next()}>Metadata\\GridSquare_${square.id}.dm</c:FileName></b:value></${SQUARE_ENTRY}>`;
  }
  text +=
    `</a:m_serializationArray><a:m_serializationCapacity>1117</a:m_serializationCapacity>` +
    `<a:m_serializationConcurrencyLevel>384</a:m_serializationConcurrencyLevel></GridSquares><GridType>HoleyCarbon</GridType>` +
    microscopeSettingsXml(ids, place.startedAtMs - 86_400_000, place.utcOffsetMin) +
    smartSelectorXml(sampleId, ids) +
    `<SpecimenCarrierKind i:nil="true"/><StartDateTime>${localTime(place.startedAtMs + 4, place.utcOffsetMin)}</StartDateTime>` +
    templateXml(truth, comparer, ids) +
    `</SampleXml>`;
  return text;
}

function smartSelectorXml(sampleId: number, ids: ObjectIds): string {
  const type = "Applications.Epu.Persistence.SmartEpu.SmartGridSquareSelectorXml";
  const list = `${ids.next()} z:Type="${type}" z:Assembly="${EPU_PERSISTENCE}"`;
  return (
    `<SmartGridSquareSelector ${list}>${COMMON_ID}${sampleId + 4}</Id>` +
    `<Option xmlns="${NAMESPACE.smartEpu}">NumberOfGridSquares</Option>` +
    `<SelectedNumberOfSquares xmlns="${NAMESPACE.smartEpu}">0</SelectedNumberOfSquares></SmartGridSquareSelector>`
  );
}

function templateXml(truth: GridTruth, comparer: number, ids: ObjectIds): string {
  const shift = (prefix: string, x: number, y: number): string =>
    `<ShiftInPixels xmlns:${prefix}="${NAMESPACE.drawing}"><${prefix}:height>${single(y)}</${prefix}:height><${prefix}:width>${single(x)}</${prefix}:width></ShiftInPixels>`;
  let text =
    `<TargetAreaTemplate ${ids.next()}>${COMMON_ID}${truth.templateId}</Id><AutoFocusArea ${ids.next()}>${COMMON_ID}${truth.templateId + 1}</Id>` +
    `<FocusWith ${ids.next()}>ObjectiveLens</FocusWith><Recurrence ${ids.next()}>AfterCentering</Recurrence><RecurrenceDistance>8E-06</RecurrenceDistance>` +
    `${shift("a", 35.69, -1179.26)}<UseAutoStigmate>false</UseAutoStigmate></AutoFocusArea><AutoplaceAutofocus>false</AutoplaceAutofocus>` +
    `<DataAcquisitionAreas ${ids.next()} xmlns:a="${NAMESPACE.arrays}"><a:m_comparer ${reference(comparer)}/><a:m_keyRehashCount>0</a:m_keyRehashCount>` +
    `<a:m_serializationArray ${ids.next()} z:Size="${truth.dataAreas.length}" xmlns:b="${NAMESPACE.generic}">`;
  let series: number | null = null;
  for (const area of truth.dataAreas) {
    text +=
      `<${AREA_ENTRY}><b:key>${area.areaId}</b:key><b:value ${ids.next()}>${COMMON_ID}${area.areaId}</Id>` +
      `<ImageAcquisitionSettingXml ${ids.next()}>${COMMON_ID}${area.settingId}</Id>`;
    if (series === null) {
      text +=
        `<Defocus ${ids.next()} z:Type="System.Double[]" z:Assembly="0" z:Size="${truth.defocusSeriesM.length}">` +
        `${truth.defocusSeriesM.map((defocusM) => `<a:double>${double(defocusM)}</a:double>`).join("")}</Defocus>`;
      series = ids.last;
    } else text += `<Defocus ${reference(series)}/>`;
    text += `<ExposureTime>4.2</ExposureTime></ImageAcquisitionSettingXml>${shift("c", area.shiftXPx, area.shiftYPx)}</b:value></${AREA_ENTRY}>`;
  }
  return (
    `${text}</a:m_serializationArray><a:m_serializationCapacity>31</a:m_serializationCapacity>` +
    `<a:m_serializationConcurrencyLevel>12</a:m_serializationConcurrencyLevel></DataAcquisitionAreas>` +
    `<DelayAfterImageShift>0.5</DelayAfterImageShift><DelayAfterStageShift>5</DelayAfterStageShift><DriftStabilizationArea i:nil="true"/>` +
    `<MaximumImageShift>${double(truth.options.clusterRadiusM)}</MaximumImageShift>` +
    `<TemplateImagePixelSize xmlns:a="${NAMESPACE.drawing}"><a:height>1.63591152E-09</a:height><a:width>1.63591152E-09</a:width></TemplateImagePixelSize>` +
    `</TargetAreaTemplate>`
  );
}
