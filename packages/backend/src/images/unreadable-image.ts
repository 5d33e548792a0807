/** A file that is no image, not yet a whole one, or one that is too large. Says so in a sentence; an ordinary event. */
export class UnreadableImage extends Error {
  override readonly name = "UnreadableImage";
}
