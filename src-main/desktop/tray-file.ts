import type { TrayState } from './tray-view.ts';

/** The panel or taskbar that the icon lies on. */
export interface Panel {
  platform: NodeJS.Platform;
  /** Whether the system's own parts are dark. */
  isDark: boolean;
  /** `XDG_CURRENT_DESKTOP`. */
  desktop: string | undefined;
}

/** The files of a state's image, by scale, relative to the folder of tray images. */
export function trayFiles(
  state: TrayState,
  { platform, isDark, desktop }: Panel,
): { file: string; scale: number }[] {
  switch (platform) {
    case 'darwin':
      // The @2x file beside it is found by the system, and the colour is the system's.
      return [{ file: `mac/${state}Template.png`, scale: 1 }];
    case 'win32':
      return [{ file: `windows/${state}-${isDark ? 'dark' : 'light'}.ico`, scale: 1 }];
    default: {
      // GNOME's panel is dark whatever the windows are.
      const panel = isDark || /gnome|unity/i.test(desktop ?? '') ? 'dark' : 'light';
      return [
        { file: `linux/${state}-${panel}-24.png`, scale: 1 },
        { file: `linux/${state}-${panel}-48.png`, scale: 2 },
      ];
    }
  }
}
