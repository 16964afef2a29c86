/** The event object of Electron's listeners: they may prevent what would follow. */
export class Cancellable {
  defaultPrevented = false;

  preventDefault(): void {
    this.defaultPrevented = true;
  }
}
