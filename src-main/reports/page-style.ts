import { darkColours, lightColours } from './theme.ts';

function properties(colours: Readonly<Record<string, string>>): string {
  return Object.entries(colours)
    .map(([name, value]) => `--${name}:${value};`)
    .join('');
}

/** The style sheet of a report. Light or dark as the reader's system prefers; in print always light. */
export const pageStyle = `
:root{color-scheme:light dark;${properties(lightColours)}}
@media (prefers-color-scheme:dark){@media not print{:root{${properties(darkColours)}}}}
*{box-sizing:border-box;margin:0}
body{background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
main,header,footer{max-width:1080px;margin:0 auto;padding:0 24px}
header{padding-top:32px}
header p,.note,figcaption,footer{color:var(--ink-2)}
h1{font-size:26px;line-height:1.25;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
.brand{display:flex;gap:8px;align-items:center;font-weight:600;margin-bottom:12px}
.brand svg{width:22px;height:22px}
.said{font-size:17px;line-height:1.45;margin:20px 0 0;padding:14px 18px;border-radius:10px;background:var(--surface);border:1px solid var(--line);border-inline-start:4px solid var(--calm)}
.said.unknown{border-inline-start-color:var(--hatch)}.said.warning{border-inline-start-color:var(--warning)}.said.critical{border-inline-start-color:var(--critical)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px;margin-top:16px;padding:0}
.tiles div{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:12px 16px}
.tiles dt{color:var(--ink-2)}.tiles dd{font-size:22px;font-weight:600;line-height:1.3;overflow-wrap:anywhere}.tiles dd small{display:block;font-size:13px;font-weight:400;color:var(--ink-2)}
section{margin-top:40px}
h2{font-size:19px;font-weight:650;margin-bottom:4px}
h3{font-size:14px;font-weight:600;margin-bottom:8px}
h2+.note{margin-bottom:12px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:16px}
figure{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:14px 16px;min-width:0}
figure svg{display:block;width:100%;height:auto}
svg text{font-family:inherit}
.scroll{overflow-x:auto;background:var(--surface);border:1px solid var(--line);border-radius:10px}
.scroll:focus-visible{outline:2px solid var(--series-one);outline-offset:2px}
table{border-collapse:collapse;width:100%}
caption{text-align:start;color:var(--ink-2);padding:10px 12px 4px}
th,td{padding:6px 12px;text-align:start;vertical-align:top;border-top:1px solid var(--line)}
thead th{font-weight:600;color:var(--ink-2);border-top:0;white-space:nowrap}
tbody th{font-weight:500;overflow-wrap:anywhere;hyphens:auto;min-width:140px}
tbody th small{display:block;color:var(--ink-2);font-weight:400}
tbody.group tr:first-child{break-after:avoid}
tbody.group th[colspan]{background:var(--paper);font-weight:600}
.n{text-align:end;white-space:nowrap}
td.when{min-width:150px}td.when small{display:block;color:var(--ink-2)}
.spark svg{display:block;width:110px;height:26px}
.severity{font-weight:600}.severity.warning{color:var(--warning)}.severity.critical{color:var(--critical)}
.heat table{table-layout:fixed;min-width:760px}
.heat th,.heat td{padding:4px 0;text-align:center;border:2px solid var(--surface);font-size:12px}
.heat tbody th{min-width:0;text-align:start;padding-inline-start:8px}.heat th:first-child{width:52px}
.heat td{border-radius:5px}
.heat .h0{background:color-mix(in oklab,var(--series-one) 5%,var(--surface))}
.heat .h1{background:color-mix(in oklab,var(--series-one) 14%,var(--surface))}
.heat .h2{background:color-mix(in oklab,var(--series-one) 24%,var(--surface))}
.heat .h3{background:color-mix(in oklab,var(--series-one) 36%,var(--surface))}
.heat .none{color:var(--ink-2)}
.bar{display:flex;height:14px;border-radius:7px;overflow:hidden;border:1px solid var(--line);margin:12px 0 8px}
.bar svg{width:100%;height:100%;display:block}
ul.keys{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:4px 20px}
ul.keys svg{width:12px;height:12px;margin-inline-end:6px;vertical-align:-1px}
footer{padding-top:32px;padding-bottom:40px;font-size:13px}
@media (max-width:600px){main,header,footer{padding-left:16px;padding-right:16px}h1{font-size:22px}}
@media print{
@page{margin:14mm}
body{font-size:11px;background:#fff;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main,header,footer{max-width:none;padding-left:0;padding-right:0}header{padding-top:0}
section{margin-top:22px}
.charts{grid-template-columns:1fr 1fr;gap:10px}.tiles{grid-template-columns:repeat(4,1fr)}.tiles dd{font-size:17px}.tiles dd small{font-size:10px}footer{font-size:10px}
figure,.tiles div,tr,.said{break-inside:avoid}h2,h3,caption,thead{break-after:avoid}
.scroll{overflow:visible}.heat table{min-width:0}.heat th,.heat td{font-size:9px}
th,td{padding:3px 5px}tbody th{min-width:104px}td.when{min-width:84px}.spark svg{width:60px}
}`.trim();
