/**
 * The look of the charts. The hues stay apart for every kind of colour blindness, and beside each stands its name; each
 * has at least 3:1 on its ground. Source: Okabe and Ito, Color Universal Design; WCAG 2.2, 1.4.11.
 */
export const CHART_STYLE = `
:root{--c0:#0b63a8;--c1:#b3452c;--c2:#12775a;--c3:#8a4f9e;--c4:#a86c00;--c5:#6f7b89}
@media (prefers-color-scheme:dark){:root{--c0:#62aef0;--c1:#ff8d70;--c2:#46c29d;--c3:#cda0e6;--c4:#e6b24f;--c5:#8a97a8}}
.charts{display:grid;gap:.9rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr))}
.charts>section{margin:0}
.chart-title{margin:0}
.chart{margin:.6rem 0 0;position:relative}
.chart svg{display:block;width:100%;height:10rem;overflow:visible}
.chart .grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
.chart .s0{fill:var(--c0)}.chart .s1{fill:var(--c1)}.chart .s2{fill:var(--c2)}.chart .s3{fill:var(--c3)}.chart .s4{fill:var(--c4)}.chart .s5{fill:var(--c5)}
.chart .day rect{stroke:var(--card);stroke-width:1;vector-effect:non-scaling-stroke}
.chart .day:hover rect{opacity:.75}
.chart .day .hit{fill:transparent;stroke:none}
.sparkline{display:block;width:100%;max-width:24rem;height:2rem;margin:.45rem 0 0;overflow:visible}
.sparkline polyline{fill:none;stroke:var(--c1);stroke-width:2;vector-effect:non-scaling-stroke}
.sparkline .grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
.ticks{display:flex;justify-content:space-between;font-size:.8125rem;color:var(--soft);margin-top:.3rem}
.top-tick{font-size:.8125rem;color:var(--soft);display:flex;justify-content:space-between;margin-bottom:.25rem}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1rem;list-style:none;padding:0;margin:.5rem 0 0;font-size:.875rem}
.legend li{display:flex;align-items:center;gap:.4rem}
.legend svg{width:.75rem;height:.75rem;flex:none;border-radius:.15rem}
.legend .s0{fill:var(--c0)}.legend .s1{fill:var(--c1)}.legend .s2{fill:var(--c2)}.legend .s3{fill:var(--c3)}.legend .s4{fill:var(--c4)}.legend .s5{fill:var(--c5)}
.headline-numbers{display:grid;gap:.9rem;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));margin:1.25rem 0 .9rem;padding:0;list-style:none}
.headline-numbers li{margin:0}
.headline-numbers span{display:block;line-height:1.35;margin-top:.2rem}
.headline-numbers b{display:block;font-size:1.75rem;line-height:1.2;font-weight:650;font-variant-numeric:tabular-nums}
.spans{display:flex;gap:.25rem;flex-wrap:wrap}
.spans a{border:1px solid transparent}
.spans a[aria-current]{background:var(--card);border-color:var(--line);color:var(--text);font-weight:600}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.875rem;width:100%}
th,td{text-align:left;padding:.3rem .75rem .3rem 0;border-top:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft)}
td.number,th.number{text-align:right;white-space:nowrap}
`
