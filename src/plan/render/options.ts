export interface RenderOptions {
  /**
   * Whether the namespace was there before the script: then commands take the place of what may be there. Otherwise they
   * are the simpler ones, which fail when something is.
   */
  readonly existing?: boolean;
}
