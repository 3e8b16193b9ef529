// Makes three widths of each picture with sharp: `node sharp.cjs FILE…`; the first file is a warm-up. Prints JSON.
const fs = require("node:fs");
const sharp = require("sharp");

sharp.concurrency(1);
sharp.cache(false);

async function print(file) {
  let bytes = 0;
  for (const width of [2560, 1440, 640]) {
    const options = { quality: 82, progressive: true, optimiseCoding: true };
    bytes += (await sharp(file).autoOrient().resize(width).jpeg(options).toBuffer()).length;
  }
  return bytes;
}

async function main([first, ...files]) {
  await print(first);
  const before = process.cpuUsage();
  let bytes = 0;
  for (const file of files) bytes += await print(file);
  const { user, system } = process.cpuUsage(before);
  const peak_kb = Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]);
  console.log(JSON.stringify({ seconds: (user + system) / 1e6, peak_kb, bytes, version: sharp.versions.sharp }));
}

main(process.argv.slice(2));
