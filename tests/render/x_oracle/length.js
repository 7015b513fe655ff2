// Reads JSON strings, one a line, and prints X's own count of each: node length.js FOLDER_WITH_NODE_MODULES
const path = require("path");
const { parseTweet } = require(require.resolve("twitter-text", { paths: [path.resolve(process.argv[2])] }));

for (const line of require("fs").readFileSync(0, "utf8").split("\n")) {
  if (line) console.log(parseTweet(JSON.parse(line)).weightedLength);
}
