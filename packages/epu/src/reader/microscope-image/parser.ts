import type { FoilHoleCenter, MicroscopeImage } from "../../records.js";
import type { XmlDocument, XmlElement } from "../../xml/document.js";
import { ARRAYS, DRAWING, FEI_TYPES, SHARED_OBJECTS } from "../../xml/namespaces.js";
import { Refusal } from "../../xml/refusal.js";
import { readStagePosition } from "../shapes.js";

export function readMicroscopeImage(document: XmlDocument): MicroscopeImage {
  const { root } = document;
  const child = (parent: XmlElement | null, name: string) => document.child(parent, SHARED_OBJECTS, name);
  const text = (parent: XmlElement | null, name: string) => document.text(parent, SHARED_OBJECTS, name);
  const number = (parent: XmlElement | null, name: string) => document.number(parent, SHARED_OBJECTS, name);

  const uniqueId = text(root, "uniqueID");
  const data = child(root, "microscopeData");
  if (uniqueId === null && data === null) {
    throw new Refusal("missing_field", "The file has neither uniqueID nor microscopeData.", {
      field: "microscopeData",
    });
  }
  const acquisition = child(data, "acquisition");
  const camera = child(acquisition, "camera");
  const binning = child(camera, "Binning");
  const readout = child(camera, "ReadoutArea");
  const instrument = child(data, "instrument");
  const optics = child(data, "optics");
  const beamShift = child(optics, "BeamShift");
  const custom = readCustomData(document);
  return {
    uniqueId,
    pixelSizeM: number(child(child(child(root, "SpatialScale"), "pixelSize"), "x"), "numericValue"),
    acquisitionDateTime: document.time(acquisition, SHARED_OBJECTS, "acquisitionDateTime"),
    binningX: document.number(binning, DRAWING, "x"),
    binningY: document.number(binning, DRAWING, "y"),
    readoutWidthPx: document.number(readout, DRAWING, "width"),
    readoutHeightPx: document.number(readout, DRAWING, "height"),
    exposureTimeS: number(camera, "ExposureTime"),
    cameraName: text(camera, "Name"),
    detectorCommercialName: document.text(custom.get("DetectorCommercialName") ?? null, ARRAYS, "Value"),
    instrumentModel: text(instrument, "InstrumentModel"),
    instrumentId: text(instrument, "InstrumentID"),
    computerName: text(instrument, "ComputerName"),
    defocusM: number(optics, "Defocus"),
    appliedDefocusM: document.number(custom.get("AppliedDefocus") ?? null, ARRAYS, "Value"),
    energyFilter: document.flag(optics, SHARED_OBJECTS, "EFTEMOn"),
    beamShiftX: document.number(beamShift, FEI_TYPES, "_x"),
    beamShiftY: document.number(beamShift, FEI_TYPES, "_y"),
    nominalMagnification: number(child(optics, "TemMagnification"), "NominalMagnification"),
    accelerationVoltageV: number(child(data, "gun"), "AccelerationVoltage"),
    stagePosition: readStagePosition(document, child(child(data, "stage"), "Position")),
    applicationSoftwareVersion: text(child(data, "core"), "ApplicationSoftwareVersion"),
    dosePerM2: document.number(custom.get("Dose") ?? null, ARRAYS, "Value"),
    phasePlateUsed: document.flag(custom.get("PhasePlateUsed") ?? null, ARRAYS, "Value"),
    foilHoleCenter: readFoilHoleCenter(document, custom.get("FindFoilHoleCenterResults") ?? null),
  };
}

/** The entries of the root's CustomData by key. */
function readCustomData(document: XmlDocument): ReadonlyMap<string, XmlElement> {
  const entries = new Map<string, XmlElement>();
  const list = document.child(document.root, SHARED_OBJECTS, "CustomData");
  for (const entry of document.items(list, ARRAYS, "KeyValueOfstringanyType")) {
    const key = document.text(entry, ARRAYS, "Key");
    if (key !== null && !entries.has(key)) entries.set(key, entry);
  }
  return entries;
}

function readFoilHoleCenter(document: XmlDocument, entry: XmlElement | null): FoilHoleCenter | null {
  const found = document.child(entry, ARRAYS, "Value");
  const center = document.child(found, FEI_TYPES, "Center");
  if (center === null) return null;
  const size = document.child(found, FEI_TYPES, "Size");
  return {
    centerXPx: document.number(center, DRAWING, "x"),
    centerYPx: document.number(center, DRAWING, "y"),
    widthPx: document.number(size, DRAWING, "width"),
    heightPx: document.number(size, DRAWING, "height"),
    quality: document.number(found, FEI_TYPES, "Quality"),
    rotationRad: document.number(found, FEI_TYPES, "Rotation"),
  };
}
