import { createHash } from 'node:crypto'
import { CHART_STYLE } from './chart-style.ts'

/** Colours by what they are for; every text on its ground has at least 4.5:1, every edge that matters 3:1. Source: WCAG 2.2, 1.4. */
const COLOURS = `
:root{color-scheme:light dark;--bg:#f4f6f9;--card:#fff;--sunk:#f4f6f9;--line:#dde3ea;--edge:#7b8794;--text:#18222f;--soft:#556272;--link:#0b5cad;--main:#0b5cad;--on-main:#fff;
--red:#a8261a;--red-bg:#fdefed;--red-line:#c8402f;--amber:#7c4a00;--amber-bg:#fdf4df;--amber-line:#b87700;--green:#17633a;--green-bg:#e6f5ec;--green-line:#2f8f5b;--blue:#1b4b8a;--blue-bg:#e9f1fb;--blue-line:#4f86c6;--grey-bg:#ebeff3}
@media (prefers-color-scheme:dark){:root{--bg:#0f141a;--card:#171e27;--sunk:#10161d;--line:#2a3441;--edge:#76859a;--text:#e4e9f0;--soft:#9dabbc;--link:#7db8f5;--main:#7db8f5;--on-main:#0b1622;
--red:#ffa59a;--red-bg:#3a1b18;--red-line:#e0624f;--amber:#f1c673;--amber-bg:#33260f;--amber-line:#c79230;--green:#86d9a6;--green-bg:#13301e;--green-line:#3f9a67;--blue:#a3caf9;--blue-bg:#172a43;--blue-line:#4f7fb8;--grey-bg:#242d38}}
`

const TYPE = `
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere;-webkit-text-size-adjust:100%}
h1{font-size:1.5rem;line-height:1.3;font-weight:650;letter-spacing:-.01em;margin:0}
h2{font-size:1.0625rem;font-weight:650;margin:2rem 0 .6rem}
h2 .count{color:var(--soft);font-weight:400;margin-left:.2rem}
h3{font-size:1rem;font-weight:600;margin:0}
h4{font-size:.875rem;font-weight:600;color:var(--soft);margin:1.1rem 0 .15rem}
p{margin:.4rem 0}
a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}
.soft,dt,.history time,.optional{color:var(--soft)}
small,.small,.facts,.history{font-size:.875rem}
time,.number{font-variant-numeric:tabular-nums}
time{white-space:nowrap}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
`

const FRAME = `
header{border-bottom:1px solid var(--line);background:var(--card)}
main,.bar{max-width:68rem;margin:0 auto;padding:0 1.25rem}
main{padding-bottom:5rem}
.bar{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 1.25rem;padding-top:.5rem;padding-bottom:.5rem}
.bar .name{display:flex;gap:.55rem;align-items:center;min-height:2.75rem;font-weight:650;color:inherit;text-decoration:none}
.bar .name svg{width:1.4rem;height:1.4rem;flex:none}
.bar nav{display:flex;gap:.25rem;margin-right:auto}
.bar nav a,.spans a{display:flex;align-items:center;min-height:2.75rem;padding:0 .8rem;border-radius:.5rem;color:var(--soft);text-decoration:none}
.bar nav a:hover,.spans a:hover{color:var(--text)}
.bar nav a[aria-current]{background:var(--grey-bg);color:var(--text);font-weight:600}
.bar .who{display:flex;gap:.75rem;align-items:center;font-size:.875rem}
.skip{position:absolute;left:-100vw}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem 1rem;z-index:1}
#live{display:flex;align-items:center;gap:.45rem;margin:0;font-size:.875rem;color:var(--soft);visibility:hidden}
.script #live{visibility:visible}
#live::before{content:"";width:.55rem;height:.55rem;flex:none;border-radius:50%;background:var(--edge)}
#live[data-state=live]::before{background:var(--green-line)}
#live[data-state=reconnecting]::before,#live[data-state=held]::before{background:var(--amber-line)}
#live[data-state=stale]{color:var(--red);font-weight:600}#live[data-state=stale]::before{background:var(--red-line)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:.25rem}
main:focus{outline:none}
.split{display:grid;gap:0 2rem;align-items:start}
@media (min-width:60rem){.split{grid-template:auto 1fr/minmax(0,1fr) 21rem}.split>#acts{grid-column:2;grid-row:1}.split>#facts{grid-column:2}.split>.told{grid-column:1;grid-row:1/span 2}}
`

const PARTS = `
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1rem 1.15rem;margin:.6rem 0}
.rows{padding:0}
.case{position:relative;display:grid;grid-template-columns:minmax(0,1fr) 17rem;gap:.1rem 1.5rem;padding:.75rem 1.15rem .75rem 2.35rem;border-top:1px solid var(--line)}
.case:not(:has(.when span)) .what{grid-column:1/-1}
.case:first-child{border-top:0}
.case:hover{background:var(--sunk)}.case:first-child:hover{border-radius:.75rem .75rem 0 0}.case:last-child:hover{border-radius:0 0 .75rem .75rem}.case:only-child:hover{border-radius:.75rem}
.case::before{content:"";position:absolute;left:1.15rem;top:1.2rem;width:.6rem;height:.6rem;border-radius:50%;background:var(--edge)}
.case.red::before{background:var(--red-line)}.case.amber::before{background:var(--amber-line)}.case.blue::before{background:var(--blue-line)}
.case.red,.case.amber,.case.blue,.case.grey{background-color:transparent;color:inherit}
.case .title{font-weight:600;line-height:1.4;color:inherit;text-decoration:none}.case .title:hover{text-decoration:underline}
.case .title::after{content:"";position:absolute;inset:0}
.case .when{flex-direction:column;align-items:flex-start;margin:.15rem 0 0}.case .meta a{position:relative}
.top{display:flex;flex-wrap:wrap;gap:.35rem .75rem;align-items:baseline;justify-content:space-between}
.heading{margin:.1rem 0 0}.heading .meta{margin:.5rem 0 0;font-size:.9375rem}
.pill{display:inline-block;border-radius:1rem;padding:.05rem .65rem;font-size:.8125rem;white-space:nowrap;background:var(--grey-bg);color:var(--soft)}
.red{background:var(--red-bg);color:var(--red)}.amber{background:var(--amber-bg);color:var(--amber)}.green{background:var(--green-bg);color:var(--green)}.blue{background:var(--blue-bg);color:var(--blue)}
.meta{display:flex;flex-wrap:wrap;align-items:baseline;gap:.15rem 1rem;margin:.25rem 0 0;font-size:.875rem;color:var(--soft)}
.meta .pill{padding:0 .55rem}
.verdict{font-weight:600;margin:.75rem 0 .1rem}
.banner{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;justify-content:space-between;border-radius:.75rem;padding:.6rem 1.15rem;margin:1rem 0 0}
.banner.calm{background:var(--card);border:1px solid var(--line);color:inherit}
.dot{display:inline-block;width:.6rem;height:.6rem;border-radius:50%;margin-right:.55rem}.dot.green{background:var(--green-line)}.dot.blue{background:var(--blue-line)}
.banner>div{flex:1 1 16rem}.banner p{margin:0}.banner small{color:inherit}
.banner form,.mode-line form,.mode-line{display:flex;gap:.5rem 1rem;align-items:center}.banner button{white-space:nowrap}.banner select{color:var(--text);width:auto;flex:0 1 auto}
.switch summary{display:inline-block;min-height:2.75rem;line-height:2.75rem;padding:0;color:inherit;text-decoration:underline;text-underline-offset:.15em}
.switch[open]{flex-basis:100%}.switch[open] form{justify-content:flex-end;flex-wrap:wrap}.switch[open] summary{float:right}.switch[open] form{clear:both}
.crumb{margin:1rem 0 .35rem;font-size:.875rem}.crumb>a{display:inline-flex;align-items:center;min-height:2.75rem}
.over{display:flex;flex-wrap:wrap;gap:0 2rem;align-items:center;justify-content:space-between}
.tally{display:flex;flex-wrap:wrap;gap:.3rem 1.5rem;margin:1.25rem 0 0;padding:0;list-style:none;font-size:.9375rem;color:var(--soft)}
.tally b{color:var(--text);font-size:1.25rem;font-weight:650;margin-right:.35rem}
.nothing{text-align:center;padding:3rem 1.15rem;margin-top:1.5rem}
.more{margin:.6rem 0 0}
dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.35rem 1rem;margin:0}
dd{margin:0}
.long{overflow-wrap:anywhere;font-size:.8125em}
blockquote{margin:.4rem 0 .3rem;padding:.55rem .8rem;background:var(--sunk);border:1px solid var(--line);border-radius:.5rem;white-space:pre-wrap;max-height:16rem;overflow:auto}
ul.plain,ol.plain{list-style:none;margin:.3rem 0;padding:0}
ul.plain.card,ol.plain.card{padding:.3rem 1.15rem;margin:.6rem 0}
.plain>li{padding:.6rem 0;border-top:1px solid var(--line)}
.plain>li:first-child{border-top:0}
.plain p{margin:.2rem 0}
.plain .plain>li{padding:.2rem 0;border:0}
.history li{display:flex;flex-wrap:wrap;gap:0 1rem}
.history time{flex:0 0 11.5rem}
.history li>span{flex:1 1 14rem}.history li>span time{flex:none;color:inherit}
small.line{display:block;margin-top:.15rem}
details summary{cursor:pointer;color:var(--soft);font-size:.875rem;padding:.5rem 0}
details summary:hover{color:var(--text)}
summary::marker{color:var(--edge)}
.within{padding-left:1rem}
.steps>li{border:0;padding:.25rem 0}
.steps>li::first-letter{text-transform:uppercase}
.command{display:flex;gap:.5rem;align-items:stretch;margin:.35rem 0}
.command code{flex:1 1 auto;min-width:0;background:var(--sunk);border:1px solid var(--line);border-radius:.5rem;padding:.55rem .8rem;white-space:pre-wrap}
.copy{visibility:hidden}.script .copy{visibility:visible}
`

const FORMS = `
form.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
form.find{margin:1.1rem 0 0;flex:0 1 24rem;flex-wrap:nowrap}
label{font-size:.875rem;color:var(--soft);display:block;margin-bottom:.3rem}
input[type=text],input[type=password],input[type=search],select{font:inherit;min-height:2.75rem;padding:.45rem .75rem;border:1px solid var(--edge);border-radius:.5rem;background:var(--card);color:inherit;flex:1 1 10rem;min-width:0;width:100%}
::placeholder{color:var(--soft);opacity:1}
button,.button{font:inherit;min-height:2.75rem;padding:.45rem 1rem;border:1px solid var(--edge);border-radius:.5rem;background:var(--card);color:var(--text);cursor:pointer;text-align:center;text-decoration:none;display:inline-block}
button:hover,.button:hover{border-color:var(--text)}
button:active{background:var(--grey-bg)}
button.main,.button.main{background:var(--main);border-color:var(--main);color:var(--on-main);font-weight:600}
button.copy{padding:.2rem .75rem;font-size:.875rem;flex:none;min-width:5rem}
button.plain{border:0;background:none;padding:.25rem 0;color:var(--link);text-decoration:underline;text-underline-offset:.15em;text-decoration-thickness:1px}
.acts{display:grid;grid-template-columns:1fr 1fr;gap:.5rem;margin-top:.6rem}
.narrow{max-width:25rem;margin:12vh auto 0;padding:1.5rem}
.narrow h1{margin-bottom:1rem}
.narrow .button,.narrow button{width:100%;margin:.75rem 0}
.narrow hr{border:0;border-top:1px solid var(--line);margin:1.25rem 0}
@media (max-width:44rem){.case{grid-template-columns:minmax(0,1fr)}.case .when{flex-direction:row;margin:0}}
@media (max-width:38rem){main,.bar{padding-left:1rem;padding-right:1rem}h1{font-size:1.3rem}.bar{padding-top:.25rem;padding-bottom:.25rem;row-gap:0}.bar #live{order:1;margin-left:auto}.bar nav{order:2;margin-left:-.8rem}.bar .who{order:2}.history time{flex-basis:100%}.tally{gap:.2rem 1rem;font-size:.875rem}form.find{flex:1 1 100%}.narrow{margin-top:2rem}.split h2{margin-top:1.5rem}.split>#acts h2{margin-top:1rem}.case{padding-right:1rem}.banner{padding-left:1rem;padding-right:1rem}}
@media (pointer:coarse){details summary{padding:.7rem 0}.meta a,.plain>li a{padding:.35rem 0}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media (prefers-contrast:more){:root{--line:var(--edge);--soft:var(--text)}}
@media (forced-colors:active){.case::before,.dot,#live::before{forced-color-adjust:none}}
`

/** The one style sheet, in the page itself: a page asks nothing of any other address. */
export const STYLE = COLOURS + TYPE + FRAME + PARTS + FORMS + CHART_STYLE

/** The hash by which the content security policy allows this style sheet and no other. */
export const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`
