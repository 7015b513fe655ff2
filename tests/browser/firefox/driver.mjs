// Firefox by WebDriver BiDi, or Chromium with its cache of pages gone back to, which playwright lacks: a JSON command a line on standard input, an answer a line on standard output.
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const [name, executablePath, ...args] = process.argv.slice(2);
const ignoreDefaultArgs = name === "chrome" ? ["--disable-back-forward-cache"] : [];
const browser = await puppeteer.launch({ browser: name, executablePath, headless: true, args, ignoreDefaultArgs });
const page = await browser.newPage();
const commands = {
  goto: async (url) => {
    try {
      const answer = await page.goto(url, { timeout: 30000 });
      return { status: answer ? answer.status() : 0, headers: answer ? answer.headers() : {} };
    } catch (error) { return { error: String(error) }; }
  },
  evaluate: (code) => page.evaluate(code),
  url: () => page.url(),
};
process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const [name, argument] = JSON.parse(line);
  let answer;
  try { answer = { value: await commands[name](argument) ?? null }; } catch (error) { answer = { error: String(error) }; }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
await browser.close();
