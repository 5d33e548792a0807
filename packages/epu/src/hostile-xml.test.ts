import { describe, expect, it } from "vitest";
import { parseEpuFile } from "./parse.js";
import type { EpuParseError } from "./parse-error.js";
import { DOCUMENTS, sessionDocument } from "./testing/documents.js";

function errorOf(bytes: string | Uint8Array, limits = {}): EpuParseError {
  const result = parseEpuFile("session", typeof bytes === "string" ? Buffer.from(bytes) : bytes, limits);
  if (result.ok) throw new Error("The document was taken.");
  return result.error;
}

function nested(depth: number): string {
  return `${"<a>".repeat(depth)}${"</a>".repeat(depth)}`;
}

describe("hostile XML", () => {
  it("is refused when it has a document type, before any entity is looked at", () => {
    const laughs = Array.from({ length: 20 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join("");
    for (const doctype of [
      "<!DOCTYPE EpuSessionXml>",
      `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>`,
      '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
      '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
    ]) {
      const name = doctype.includes("l20") ? "&l20;" : "&f;";
      expect(errorOf(doctype + sessionDocument(`<Name>${name}</Name>`))).toMatchObject({ code: "dtd_refused" });
    }
  });

  it("never gets an entity expanded but XML's own five and characters by number", () => {
    expect(errorOf(sessionDocument("<Name>&file;</Name>"))).toMatchObject({ code: "malformed" });
    expect(errorOf(sessionDocument("<Name>&#0;</Name>"))).toMatchObject({ code: "malformed" });
    const name = parseEpuFile("session", Buffer.from(sessionDocument("<Name>&lt;&gt;&amp;&apos;&quot;&#x41;</Name>")));
    expect(name).toMatchObject({ ok: true, value: { name: "<>&'\"A" } });
  });

  it.each([257, 10_000, 100_000])("is refused when nested %i deep, quickly", (depth) => {
    const started = process.cpuUsage();
    expect(errorOf(sessionDocument(nested(depth)))).toMatchObject({ code: "too_deep" });
    expect(process.cpuUsage(started).user).toBeLessThan(500_000);
  });

  it("is taken when nested as deep as allowed", () => {
    expect(parseEpuFile("session", Buffer.from(sessionDocument(nested(255)))).ok).toBe(true);
  });

  it("may have a huge attribute or text, but not one beyond 4 MiB", () => {
    const long = "x".repeat(1_000_000);
    expect(parseEpuFile("session", Buffer.from(sessionDocument(`<Name a="${long}">${long}</Name>`))).ok).toBe(true);
    const tooLong = "x".repeat(4_300_000);
    expect(errorOf(sessionDocument(`<Name a="${tooLong}"/>`))).toMatchObject({ code: "too_large" });
    expect(errorOf(sessionDocument(`<Name>${tooLong}</Name>`))).toMatchObject({ code: "too_large" });
    expect(errorOf(sessionDocument(`<!--${tooLong}-->`))).toMatchObject({ code: "too_large" });
    expect(errorOf(`<!DOCTYPE ${tooLong}`)).toMatchObject({ code: "too_large" });
  });

  it("is refused with more attributes or prefixes than any tag needs", () => {
    const attributes = Array.from({ length: 300 }, (_, n) => `a${n}="1"`).join(" ");
    expect(errorOf(sessionDocument(`<Name ${attributes}/>`))).toMatchObject({ code: "too_large" });
    const open = Array.from(
      { length: 200 },
      (_, n) => `<a ${Array.from({ length: 10 }, (_, m) => `xmlns:p${n}_${m}="urn:x"`).join(" ")}>`,
    ).join("");
    expect(errorOf(sessionDocument(open))).toMatchObject({ code: "too_large" });
  });

  it("does not get more elements into memory than the limit", () => {
    const document = sessionDocument(`<Samples><_items>${"<SampleXml/>".repeat(2000)}</_items></Samples>`);
    expect(errorOf(document, { maxElements: 1000 })).toMatchObject({ code: "too_large" });
    expect(parseEpuFile("session", Buffer.from(document)).ok).toBe(true);
  });

  it("can't multiply itself by references to one long list", () => {
    const entries = (name: string, value: string, count: number) =>
      `<${name} xmlns="http://schemas.datacontract.org/2004/07/System.Collections.Generic"><key>1</key>${value}</${name}>`.repeat(
        count,
      );
    const dictionary = (entry: string) => `<KeyValuePairs xmlns="">${entry}</KeyValuePairs>`;
    const many = entries("KeyValuePairOfintX", "<value/>", 3000);
    const holes = Array.from(
      { length: 3000 },
      (_, n) =>
        `<KeyValuePairOfintX xmlns="http://schemas.datacontract.org/2004/07/System.Collections.Generic"><key>${n}</key><value>` +
        `<ParticleAcquisitions xmlns="http://schemas.datacontract.org/2004/07/Applications.Epu.Persistence" z:Ref="9" i:nil="true"/></value></KeyValuePairOfintX>`,
    ).join("");
    const square = sessionDocument(
      `<Unread z:Id="9">${dictionary(many)}</Unread><TargetLocations><TargetLocationsEfficient>${dictionary(holes)}</TargetLocationsEfficient></TargetLocations>`,
    ).replaceAll("EpuSessionXml", "GridSquareXml");
    const result = parseEpuFile("gridSquareMetadata", Buffer.from(square));
    expect(result).toMatchObject({ ok: false, error: { code: "too_large" } });
  });

  it("is refused beyond the size limit, whole or in chunks", () => {
    const document = sessionDocument("<Name>n</Name>");
    expect(errorOf(document, { maxBytes: 100 })).toMatchObject({ code: "too_large" });
    const chunks = Array.from(document, (letter) => Buffer.from(letter));
    expect(parseEpuFile("session", chunks, { maxBytes: 100 })).toMatchObject({
      ok: false,
      error: { code: "too_large" },
    });
  });

  it("is refused when it is not UTF-8, with the byte at which it stops being so", () => {
    const document = Buffer.from(sessionDocument("<Name>\n\u00e4?</Name>"));
    const at = document.indexOf("?");
    document[at] = 0xff;
    expect(errorOf(document)).toMatchObject({ code: "malformed", position: { byte: at, line: 2 } });
    document[at] = 0xc3;
    expect(errorOf(document)).toMatchObject({ code: "malformed", position: { byte: at, line: 2 } });
  });

  it("is refused as UTF-16", () => {
    const utf16 = Buffer.from(`\ufeff${DOCUMENTS.session}`, "utf16le");
    expect(errorOf(utf16)).toMatchObject({ code: "malformed", message: expect.stringContaining("UTF-16") });
    expect(errorOf(Buffer.from(utf16).swap16())).toMatchObject({ code: "malformed" });
    expect(errorOf(utf16.subarray(2)).code).toBe("incomplete");
  });

  it("may begin with UTF-8's byte order mark, even cut into bytes", () => {
    const document = Buffer.from(`\ufeff${DOCUMENTS.session}`);
    expect(parseEpuFile("session", document).ok).toBe(true);
    expect(
      parseEpuFile(
        "session",
        Array.from(document, (byte) => Uint8Array.of(byte)),
      ),
    ).toEqual(parseEpuFile("session", document));
  });

  it("is waited for with zero bytes, as a copy has them before it is done, but not after the root", () => {
    expect(errorOf(Buffer.alloc(5000))).toMatchObject({ code: "incomplete" });
    expect(errorOf(sessionDocument("<Name>a\0b</Name>"))).toMatchObject({ code: "incomplete" });
    expect(errorOf(sessionDocument('<Name a="\0"/>'))).toMatchObject({ code: "incomplete" });
    expect(errorOf(`${sessionDocument("")}\0\0`)).toMatchObject({ code: "malformed" });
  });

  it.each([
    ["text", "This is no XML."],
    ["a picture", Buffer.from("ffd8ffe000104a464946", "hex")],
    ["two roots", sessionDocument("") + sessionDocument("")],
    ["an older, longer copy's tail", `${sessionDocument("")}/Name></EpuSessionXml>`],
    ["tags that cross", sessionDocument("<a><b></a></b>")],
    ["an attribute twice", sessionDocument('<Name a="1" a="2"/>')],
    ["an unfinished tag", sessionDocument("<Name <Other/>")],
  ])("is malformed as %s, with a position", (_, bytes) => {
    expect(errorOf(bytes)).toMatchObject({ code: "malformed", position: { byte: expect.any(Number) } });
  });

  it("is empty without a byte, and incomplete with white space only", () => {
    expect(errorOf("")).toMatchObject({ code: "empty" });
    expect(errorOf(" \r\n")).toMatchObject({ code: "incomplete" });
  });

  it("gives every error a sentence and a hint", () => {
    for (const document of ["", "<a/>", "<", "x", "<!DOCTYPE x>", sessionDocument(nested(300))]) {
      const { message, hint } = errorOf(document);
      expect(message).toMatch(/^[A-Z].*\w/);
      expect(hint).toMatch(/\.$/);
    }
  });
});
