import BellRing from '@lucide/svelte/icons/bell-ring';
import Cpu from '@lucide/svelte/icons/cpu';
import FileDown from '@lucide/svelte/icons/file-down';
import Globe from '@lucide/svelte/icons/globe';
import HardDrive from '@lucide/svelte/icons/hard-drive';
import Hash from '@lucide/svelte/icons/hash';
import Mail from '@lucide/svelte/icons/mail';
import MemoryStick from '@lucide/svelte/icons/memory-stick';
import Network from '@lucide/svelte/icons/network';
import Radar from '@lucide/svelte/icons/radar';
import Send from '@lucide/svelte/icons/send';
import Webhook from '@lucide/svelte/icons/webhook';
import type { ListName } from '../../state/entries.ts';

const icons: Record<string, typeof Radar> = {
  cpu: Cpu,
  memory: MemoryStick,
  disk: HardDrive,
  network: Network,
  http: Globe,
  desktop: BellRing,
  file: FileDown,
  webhook: Webhook,
  email: Mail,
  slack: Hash,
};

/** A picture of a kind; one that nobody has drawn looks like its list. */
export function kindIcon(list: ListName, kind: string): typeof Radar {
  return icons[kind] ?? (list === 'sources' ? Radar : Send);
}
