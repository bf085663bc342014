export interface RenderOptions {
  /**
   * Whether the namespace was there before the script: then commands take the place of what may be there, and do not
   * fail when what they delete is gone. Otherwise they are the simpler ones.
   */
  readonly existing?: boolean;
}
