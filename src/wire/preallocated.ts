/*
 * V8 gives an object literal room for four members; the others go into an array beside it, which is thrown away each
 * time it has to grow. Of a constructor it counts the assignments, whether or not they are ever carried out, and then
 * watches how much room the first objects need. A dump of many messages takes a sixth less time so.
 */

interface Roomy {
  readonly prototype: object;
  new (): Record<string, unknown>;
}

/** A constructor of empty plain objects with room for a message's members: one for each kind of message. */
export function preallocated(): Roomy {
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- V8 watches each function's objects on their own
  function Value(this: Record<string, unknown>, never?: boolean): void {
    if (never === true) {
      this['a'] = this['b'] = this['c'] = this['d'] = this['e'] = this['f'] = this['g'] = this['h'] = 0;
    }
  }
  Value.prototype = Object.prototype;
  return Value as unknown as Roomy;
}
