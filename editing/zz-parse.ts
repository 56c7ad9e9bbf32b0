import { readFastq } from "./fastq.ts";
import { gunzip } from "@artesian/data";
import { createReadStream } from "node:fs";
const f = process.argv[2]!; const how=process.argv[3];
const t=performance.now(); let n=0, b=0;
const chunks = gunzip(createReadStream(f,{highWaterMark:1<<18}), {name:f});
if (how==="gunzip") for await (const c of chunks) b+=c.length;
else for await (const block of readFastq(chunks, f)) { n+=block.count; b+=block.start[block.count]!; }
const u=process.cpuUsage();
console.log(how, n, b, "ms", Math.round(performance.now()-t), "user", Math.round(u.user/1000), "sys", Math.round(u.system/1000), "rss", process.resourceUsage().maxRSS>>10);
