/** The page's style: light and dark as the reader's system has it, and plain on paper. */
export const STYLE = `
:root{color-scheme:light dark;--text:#1a1d21;--dim:#5b6470;--page:#f6f7f9;--card:#fff;--line:#d9dde3;--good:#1a7f37;--bad:#c02626;--idle:#6e7781;
--added:#d6f5dd;--removed:#fbdcdc}
@media(prefers-color-scheme:dark){:root{--text:#e4e7eb;--dim:#98a1ad;--page:#121417;--card:#1b1e23;--line:#343a43;--good:#4cc46a;--bad:#ff7b72;
--idle:#8b949e;--added:#12391d;--removed:#4a1d1f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1.5rem;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0 0 .75rem}h2{font-size:1.15rem;margin:2rem 0 .75rem}h3{font-size:1rem;margin:0;display:flex;gap:.6rem;flex-wrap:wrap}
h4{font-size:.85rem;margin:1rem 0 .25rem;color:var(--dim);text-transform:uppercase;letter-spacing:.04em}
article{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--idle);border-radius:6px;padding:.9rem 1rem;margin:.75rem 0}
article.good{border-left-color:var(--good)}article.bad{border-left-color:var(--bad)}
.good>h3 b,b.good{color:var(--good)}.bad>h3 b,b.bad{color:var(--bad)}b.idle,.dim{color:var(--dim)}
p,.text{margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.45 ui-monospace,monospace;margin:.25rem 0}
table{display:block;overflow-x:auto;border-collapse:collapse;margin:.25rem 0;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.2rem .75rem .2rem 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th{color:var(--dim);font-weight:600;white-space:nowrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
.answers{display:grid;grid-template-columns:repeat(auto-fit,minmax(18rem,1fr));gap:.75rem;margin-top:.75rem}
.answers>div{border:1px solid var(--line);border-radius:6px;padding:.5rem .75rem}.answers h4{margin-top:0}
ins{background:var(--added);text-decoration:underline}del{background:var(--removed)}
a{color:inherit}
details{margin-top:.75rem}summary{cursor:pointer;color:var(--dim)}
@media print{body{max-width:none;padding:0;background:#fff;font-size:11pt}.answers>div,tr{break-inside:avoid}h3{break-after:avoid}
details:not([open])>summary{display:none}}
`
