import ArrowRightLeft from '@lucide/svelte/icons/arrow-right-left';
import Battery from '@lucide/svelte/icons/battery';
import BellRing from '@lucide/svelte/icons/bell-ring';
import Cable from '@lucide/svelte/icons/cable';
import Clock from '@lucide/svelte/icons/clock';
import Cpu from '@lucide/svelte/icons/cpu';
import Database from '@lucide/svelte/icons/database';
import FileDown from '@lucide/svelte/icons/file-down';
import FileClock from '@lucide/svelte/icons/file-clock';
import Flame from '@lucide/svelte/icons/flame';
import Globe from '@lucide/svelte/icons/globe';
import HardDriveDownload from '@lucide/svelte/icons/hard-drive-download';
import HardDrive from '@lucide/svelte/icons/hard-drive';
import Hash from '@lucide/svelte/icons/hash';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import Inbox from '@lucide/svelte/icons/inbox';
import Layers from '@lucide/svelte/icons/layers';
import ListTree from '@lucide/svelte/icons/list-tree';
import Logs from '@lucide/svelte/icons/logs';
import Mail from '@lucide/svelte/icons/mail';
import MemoryStick from '@lucide/svelte/icons/memory-stick';
import MessageSquareDot from '@lucide/svelte/icons/message-square-dot';
import MessagesSquare from '@lucide/svelte/icons/messages-square';
import Network from '@lucide/svelte/icons/network';
import Radar from '@lucide/svelte/icons/radar';
import RadioTower from '@lucide/svelte/icons/radio-tower';
import Rss from '@lucide/svelte/icons/rss';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Send from '@lucide/svelte/icons/send';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import Signpost from '@lucide/svelte/icons/signpost';
import Siren from '@lucide/svelte/icons/siren';
import Smartphone from '@lucide/svelte/icons/smartphone';
import Split from '@lucide/svelte/icons/split';
import SquareTerminal from '@lucide/svelte/icons/square-terminal';
import Thermometer from '@lucide/svelte/icons/thermometer';
import UsersRound from '@lucide/svelte/icons/users-round';
import Waypoints from '@lucide/svelte/icons/waypoints';
import Webhook from '@lucide/svelte/icons/webhook';
import type { ListName } from '../../state/entries.ts';

/** A kind of source and one of destination may be called alike. */
const icons: Record<ListName, Record<string, typeof Radar>> = {
  sources: {
    cpu: Cpu,
    memory: MemoryStick,
    disk: HardDrive,
    network: Network,
    http: Globe,
    ping: RadioTower,
    tcp: Cable,
    dns: Signpost,
    certificate: ShieldCheck,
    prometheus: Flame,
    push: Inbox,
    heartbeat: HeartPulse,
    file: FileClock,
    mounts: Layers,
    'disk-io': HardDriveDownload,
    connections: ArrowRightLeft,
    uptime: Clock,
    temperatures: Thermometer,
    battery: Battery,
    processes: ListTree,
    script: ScrollText,
  },
  destinations: {
    desktop: BellRing,
    file: FileDown,
    webhook: Webhook,
    email: Mail,
    slack: Hash,
    discord: MessagesSquare,
    teams: UsersRound,
    telegram: Send,
    ntfy: Smartphone,
    gotify: MessageSquareDot,
    pagerduty: Siren,
    apprise: Split,
    mqtt: Rss,
    syslog: Logs,
    command: SquareTerminal,
    hub: Waypoints,
    influxdb: Database,
    'remote-write': Flame,
  },
};

/** A picture of a kind; one that nobody has drawn looks like its list. */
export function kindIcon(list: ListName, kind: string): typeof Radar {
  return icons[list][kind] ?? (list === 'sources' ? Radar : Send);
}
