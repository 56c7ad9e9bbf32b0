/** Planes, layouts, image quality, thumbnails, objects, features, simulator. Pure: bytes in, values out. */
export {
  DamagedFileError,
  EmptyFileError,
  ImageTooLargeError,
  NotAnImageError,
  PlaneShapeError,
  PlateFormatError,
  TruncatedFileError,
  UnsupportedImageError,
  WellNameError,
} from "./errors.ts";
export { commonShape, type Plane, type PlaneData, planeOf, planeScale } from "./plane.ts";
export { type ReadPlaneOptions, readPlane } from "./read-plane.ts";
export {
  type PlateFormat,
  parseWell,
  plateFormat,
  plateFormatOf,
  type WellPlace,
  wellName,
  wellsOf,
} from "./well.ts";
export { writeTiff } from "./write-tiff.ts";
