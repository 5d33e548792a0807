import { type Browser, chromium } from "playwright-core";

export const CHROMIUM = process.env.SMARTEM_CHROMIUM ?? "/usr/bin/chromium";

const LAUNCH_ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--disable-features=${[
    // Windows that nobody sees would each load pages of the browser's own into their frames.
    ...["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "PreloadTopChromeWebUI"],
    // What Playwright switches off itself; a second list replaces the first.
    ...["AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "MediaRouter"],
    ...["HttpsFirstBalancedModeAutoEnable", "PaintHolding", "ThirdPartyStoragePartitioning", "OptimizationHints"],
    ...["NetworkTimeServiceQuerying", "AvoidCorsURLLoaderRestartOnRedirect", "PreconnectToSearch"],
  ].join(",")}`,
];

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: LAUNCH_ARGUMENTS,
    // People's browsers drop what changes the address too often; Playwright's would not.
    ignoreDefaultArgs: ["--disable-ipc-flooding-protection"],
  });
}
