// Namespaces of .NET's DataContract serialisation: a type's CLR namespace behind a fixed stem.
const CLR = "http://schemas.datacontract.org/2004/07/";

/** EPU's own documents. */
export const EPU = `${CLR}Applications.Epu.Persistence`;
export const GRID_ATLAS = `${CLR}Applications.SciencesAppsShared.GridAtlas.Persistence`;
export const GRID_ATLAS_DATA = `${CLR}Applications.SciencesAppsShared.GridAtlas.Datamodel`;
export const COMMON_TYPES = `${CLR}Fei.Applications.Common.Types`;
export const SHARED_OBJECTS = `${CLR}Fei.SharedObjects`;
export const FEI_TYPES = `${CLR}Fei.Types`;
export const DRAWING = `${CLR}System.Drawing`;
export const GENERIC = `${CLR}System.Collections.Generic`;
export const ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays";
/** `Dictionary<,>` writes its `KeyValuePairs` without a namespace. */
export const NONE = "";

/** Attributes `Id`, `Ref`, `Assembly`. */
export const SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/";
/** Attribute `nil`. */
export const SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";
/** What the prefix `xml` is always bound to. */
export const XML = "http://www.w3.org/XML/1998/namespace";
