import type { TrayState } from './tray-view.ts';

/** The panel or taskbar that contains the icon. */
export interface Panel {
  platform: NodeJS.Platform;
  /** Whether the system's panels are dark. */
  isDark: boolean;
  /** `XDG_CURRENT_DESKTOP`. */
  desktop: string | undefined;
}

/** Image files of a state by scale, relative to the folder of tray images. */
export function trayFiles(
  state: TrayState,
  { platform, isDark, desktop }: Panel,
): { file: string; scale: number }[] {
  switch (platform) {
    case 'darwin':
      // macOS finds the @2x file itself and applies its own colour.
      return [{ file: `mac/${state}Template.png`, scale: 1 }];
    case 'win32':
      return [{ file: `windows/${state}-${isDark ? 'dark' : 'light'}.ico`, scale: 1 }];
    default: {
      // GNOME's panel is always dark, whatever the theme of the windows.
      const panel = isDark || /gnome|unity/i.test(desktop ?? '') ? 'dark' : 'light';
      return [
        { file: `linux/${state}-${panel}-24.png`, scale: 1 },
        { file: `linux/${state}-${panel}-48.png`, scale: 2 },
      ];
    }
  }
}
