import { createHash } from 'node:crypto'

/** The one style sheet, in the page itself: a page asks nothing of any other address. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--line:#dfe3e8;--text:#1b2430;--soft:#5b6675;--link:#0a58a8;--field:#fff;
--red:#b42318;--red-bg:#fdecea;--amber:#8a5300;--amber-bg:#fdf3dc;--green:#1b6b3a;--green-bg:#e4f4ea;--blue:#1d4f91;--blue-bg:#e6effa;--grey-bg:#eceff3}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1a2029;--line:#2d3643;--text:#e6eaf0;--soft:#9aa7b8;--link:#79b4f2;--field:#12161c;
--red:#ff9b8f;--red-bg:#3d1d1a;--amber:#f2c369;--amber-bg:#38290f;--green:#82d6a1;--green-bg:#15321f;--blue:#9cc6fa;--blue-bg:#182c47;--grey-bg:#262e39}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main,.bar{max-width:60rem;margin:0 auto;padding:0 1rem}
header{border-bottom:1px solid var(--line);background:var(--card)}
.bar{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1rem;min-height:3.25rem}
.bar .name{font-weight:600;color:inherit;text-decoration:none;margin-right:auto}
main{padding-bottom:4rem}
h1{font-size:1.35rem;line-height:1.3;margin:1.5rem 0 .5rem}
h2{font-size:1rem;margin:2rem 0 .6rem}
h2 .count{color:var(--soft);font-weight:400}
h3{font-size:1rem;margin:0}
p{margin:.4rem 0}
a{color:var(--link)}
.soft,dt,time{color:var(--soft)}
small,.soft,dt,.facts,.history{font-size:.875rem}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.85rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.85rem 1rem;margin:.6rem 0}
.card.urgent{border-left:4px solid var(--red)}
.card>.top{display:flex;flex-wrap:wrap;gap:.4rem .75rem;align-items:baseline;justify-content:space-between}
.card .title{font-weight:600;text-decoration:none;flex:1 1 18rem}
.pill{display:inline-block;border-radius:1rem;padding:.05rem .65rem;font-size:.8rem;white-space:nowrap;background:var(--grey-bg);color:var(--soft)}
.red{background:var(--red-bg);color:var(--red)}
.amber{background:var(--amber-bg);color:var(--amber)}
.green{background:var(--green-bg);color:var(--green)}
.blue{background:var(--blue-bg);color:var(--blue)}
.meta{display:flex;flex-wrap:wrap;gap:.1rem 1.25rem;margin-top:.35rem;font-size:.875rem;color:var(--soft)}
.banner{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;justify-content:space-between;border-radius:.6rem;padding:.7rem 1rem;margin:1rem 0}
.banner p{margin:0;flex:1 1 16rem}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.75rem 0}
dd{margin:0}
blockquote{margin:.4rem 0 .2rem;padding:.5rem .75rem;border-left:3px solid var(--line);background:var(--bg);border-radius:0 .4rem .4rem 0;white-space:pre-wrap;max-height:16rem;overflow:auto}
ul.plain{list-style:none;margin:.3rem 0;padding:0}
ul.plain.card{padding:.35rem 1rem;margin:.6rem 0}
ul.plain>li{padding:.45rem 0;border-top:1px solid var(--line)}
ul.plain>li:first-child{border-top:0}
.history li{display:flex;flex-wrap:wrap;gap:0 .9rem}
.history time{flex:0 0 11.5rem}
.history span{flex:1 1 14rem}
small.line{display:block;margin-top:.15rem}
main>p:first-child{margin-top:1rem}
details summary{cursor:pointer;color:var(--soft);font-size:.875rem;margin-top:.5rem}
form.inline{display:inline}
form.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
input[type=text],input[type=password],input[type=search]{font:inherit;padding:.45rem .65rem;border:1px solid var(--line);border-radius:.4rem;background:var(--field);color:inherit;flex:1 1 12rem;min-width:0}
button{font:inherit;padding:.45rem .95rem;border:1px solid var(--line);border-radius:.4rem;background:var(--card);color:inherit;cursor:pointer}
button.main{background:var(--link);border-color:var(--link);color:var(--card);font-weight:600}
button.plain{border:0;background:none;padding:0;color:var(--link);text-decoration:underline}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.narrow{max-width:26rem;margin:12vh auto 0}
.narrow h1{margin-top:.5rem}
.narrow input{width:100%}
.narrow button{width:100%;margin-top:.5rem}
@media (max-width:34rem){dl.facts{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}.history time{flex-basis:100%}}
`

/** The hash by which the content security policy allows this style sheet and no other. */
export const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`
