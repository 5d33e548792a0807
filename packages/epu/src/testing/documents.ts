import type { EpuFileKind } from "../records.js";

// Small whole documents of EPU's formats, with every feature of the serialisation that the readers rely on.

const CLR = "http://schemas.datacontract.org/2004/07/";
const INSTANCE = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"';
const SERIALIZATION = 'xmlns:z="http://schemas.microsoft.com/2003/10/Serialization/"';
const ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays";
const TYPES = `${CLR}Fei.Applications.Common.Types`;
const GENERIC = `${CLR}System.Collections.Generic`;
const DRAWING = `${CLR}System.Drawing`;
const SHARED = `${CLR}Fei.SharedObjects`;

export function epuRoot(name: string, body: string, namespace = "Applications.Epu.Persistence"): string {
  const assembly = 'z:Assembly="Applications.Epu.Persistence, Version=3.13.0.1, Culture=neutral, PublicKeyToken=null"';
  return `<${name} z:Id="1" ${assembly} xmlns="${CLR}${namespace}" ${INSTANCE} ${SERIALIZATION}>${body}</${name}>`;
}

export function typesId(id: string): string {
  return `<Id xmlns="${TYPES}">${id}</Id>`;
}

export function sessionDocument(body: string): string {
  return epuRoot("EpuSessionXml", `${typesId("77")}${body}`);
}

/** A dictionary of type `ConcurrentDictionary`, as in a square's holes. */
export function concurrentDictionary(
  name: string,
  hash: string,
  entries: readonly (readonly [string, string])[],
): string {
  const items = entries.map(
    ([key, value]) => `<b:KeyValuePairOfint${hash}><b:key>${key}</b:key>${value}</b:KeyValuePairOfint${hash}>`,
  );
  return `<${name} xmlns:a="${ARRAYS}"><a:m_serializationArray xmlns:b="${GENERIC}">${items.join("")}</a:m_serializationArray></${name}>`;
}

/** The same as `Dictionary`, as in an atlas' nodes. */
export function plainDictionary(name: string, hash: string, entries: readonly (readonly [string, string])[]): string {
  const items = entries.map(
    ([key, value]) =>
      `<KeyValuePairOfint${hash} xmlns="${GENERIC}"><key>${key}</key>${value.replaceAll("b:value", "value")}</KeyValuePairOfint${hash}>`,
  );
  return `<${name}><KeyValuePairs xmlns="">${items.join("")}</KeyValuePairs></${name}>`;
}

export function hole(id: number, body: string, attributes = ""): readonly [string, string] {
  return [String(id), `<b:value ${attributes}>${body}</b:value>`];
}

export function gridSquareDocument(holes: string, rest = ""): string {
  return epuRoot("GridSquareXml", `${typesId("42")}<TargetLocations>${typesId("5")}${holes}</TargetLocations>${rest}`);
}

export function microscopeImageDocument(body: string): string {
  return `<MicroscopeImage xmlns="${SHARED}" ${INSTANCE}>${body}</MicroscopeImage>`;
}

export function customData(key: string, value: string): string {
  return `<CustomData xmlns:a="${ARRAYS}"><a:KeyValueOfstringanyType><a:Key>${key}</a:Key>${value}</a:KeyValueOfstringanyType></CustomData>`;
}

export function point(name: string, prefix: string, x: number, y: number): string {
  return `<${name} xmlns:${prefix}="${DRAWING}"><${prefix}:x>${x}</${prefix}:x><${prefix}:y>${y}</${prefix}:y></${name}>`;
}

/** One document of every format, with text outside ASCII where EPU takes text from people. */
export const DOCUMENTS: { readonly [K in EpuFileKind]?: string } = {
  session: `<?xml version="1.0" encoding="utf-8"?>\n${sessionDocument(
    `<Name z:Id="2"> Übersicht 日本 &amp; 𝛼 </Name><StartDateTime>2025-01-08T15:10:39.4807272Z</StartDateTime>` +
      `<ClusteringRadius>1.2E-05</ClusteringRadius><Samples><_items><SampleXml i:nil="true"/><SampleXml><AtlasId z:Ref="2" i:nil="true"/>` +
      `${concurrentDictionary("GridSquares", "SerializedReference_x", [["9", `<b:value xmlns:c="${TYPES}"><c:FileName>Metadata\\GridSquare_9.dm</c:FileName></b:value>`]])}` +
      `</SampleXml></_items></Samples>`,
  )}\n`,
  atlas: epuRoot(
    "AtlasSessionXml",
    `${typesId("3")}<Atlas><TilesEfficient><_items><TileXml>${typesId("31")}` +
      `${plainDictionary("Nodes", "NodeXml30oatNZW", [["9", `<b:value><Category xmlns="${CLR}Applications.SciencesAppsShared.GridAtlas.Persistence">2</Category></b:value>`]])}` +
      `</TileXml><TileXml i:nil="true"/></_items></TilesEfficient></Atlas>`,
    "Applications.SciencesAppsShared.GridAtlas.Persistence",
  ),
  gridSquareMetadata: gridSquareDocument(
    concurrentDictionary("TargetLocationsEfficient", "TargetLocationXmlBpEWF4JT", [
      hole(1, `<State>Completed</State>${point("PixelCenter", "c", 1.5, 2)}`),
      hole(2, `<State><![CDATA[Defined]]></State><!-- a comment --><Quality>1</Quality>`),
    ]),
    `<State>InProgress</State><?target data?>`,
  ),
  micrograph: microscopeImageDocument(
    `<uniqueID>7ad1</uniqueID>${customData("AppliedDefocus", "<a:Value>-2.7E-06</a:Value>")}` +
      `<microscopeData><optics><Defocus>4.8E-07</Defocus></optics></microscopeData>`,
  ),
};
