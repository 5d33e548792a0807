import { ARRAYS, FEI_TYPES, SHARED_OBJECTS } from "../../xml/namespaces.js";
import { wanted, wantedTexts } from "../../xml/wanted.js";
import { RECTANGLE, STAGE_POSITION } from "../shapes.js";

/** A measured hole, `Shape2D` of Fei.Types; the other values of `CustomData` are texts. */
const CUSTOM_VALUE = [
  wanted(FEI_TYPES, "Center", RECTANGLE),
  wanted(FEI_TYPES, "Size", RECTANGLE),
  wanted(FEI_TYPES, "Quality"),
  wanted(FEI_TYPES, "Rotation"),
];

/**
 * `MicroscopeImage` of Fei.SharedObjects, the XML beside every image.
 *
 * - `CustomData` is a list of keys and values of any type; `camera/CameraSpecificInput` has entries of the same name
 *   that mean something else.
 * - Its key `FindFoilHoleCenterResults` is often missing: centring was not done or found nothing. EPU before 3 has no
 *   `DetectorCommercialName`.
 */
export const MICROSCOPE_IMAGE = wanted(SHARED_OBJECTS, "MicroscopeImage", [
  wanted(SHARED_OBJECTS, "uniqueID"),
  wanted(SHARED_OBJECTS, "CustomData", [
    wanted(ARRAYS, "KeyValueOfstringanyType", [wanted(ARRAYS, "Key"), wanted(ARRAYS, "Value", CUSTOM_VALUE)]),
  ]),
  wanted(SHARED_OBJECTS, "SpatialScale", [
    wanted(SHARED_OBJECTS, "pixelSize", [wanted(SHARED_OBJECTS, "x", wantedTexts(SHARED_OBJECTS, ["numericValue"]))]),
  ]),
  wanted(SHARED_OBJECTS, "microscopeData", [
    wanted(SHARED_OBJECTS, "acquisition", [
      wanted(SHARED_OBJECTS, "acquisitionDateTime"),
      wanted(SHARED_OBJECTS, "camera", [
        wanted(SHARED_OBJECTS, "Binning", RECTANGLE),
        wanted(SHARED_OBJECTS, "ReadoutArea", RECTANGLE),
        ...wantedTexts(SHARED_OBJECTS, ["ExposureTime", "Name"]),
      ]),
    ]),
    wanted(SHARED_OBJECTS, "core", wantedTexts(SHARED_OBJECTS, ["ApplicationSoftwareVersion"])),
    wanted(SHARED_OBJECTS, "gun", wantedTexts(SHARED_OBJECTS, ["AccelerationVoltage"])),
    wanted(
      SHARED_OBJECTS,
      "instrument",
      wantedTexts(SHARED_OBJECTS, ["ComputerName", "InstrumentID", "InstrumentModel"]),
    ),
    wanted(SHARED_OBJECTS, "optics", [
      ...wantedTexts(SHARED_OBJECTS, ["Defocus", "EFTEMOn"]),
      wanted(SHARED_OBJECTS, "BeamShift", wantedTexts(FEI_TYPES, ["_x", "_y"])),
      wanted(SHARED_OBJECTS, "TemMagnification", wantedTexts(SHARED_OBJECTS, ["NominalMagnification"])),
    ]),
    wanted(SHARED_OBJECTS, "stage", [wanted(SHARED_OBJECTS, "Position", STAGE_POSITION)]),
  ]),
]);
