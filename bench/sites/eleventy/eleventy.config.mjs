import footnote from "markdown-it-footnote";
import highlight from "@11ty/eleventy-plugin-syntaxhighlight";
import { feedPlugin } from "@11ty/eleventy-plugin-rss";

// What Hugo and Pelican do by themselves: notes, coloured code, a feed of thirty, links from file to file.
export default function (eleventy) {
  eleventy.addPlugin(highlight);
  eleventy.addPlugin(feedPlugin, {
    type: "rss",
    outputPath: "/feed.xml",
    collection: { name: "essays", limit: 30 },
    metadata: { language: "en", title: "A long shelf", subtitle: "", base: "https://example.org/", author: { name: "A" } },
  });
  eleventy.amendLibrary("md", (md) => {
    const normal = md.normalizeLink;
    md.normalizeLink = (url) => normal(url.replace(/^([^/:]+)\.md$/, "/essays/$1/"));
    md.use(footnote);
  });
  eleventy.addCollection("essays", (all) => all.getFilteredByGlob("essays/2*.md"));
  eleventy.addFilter("day", (date) => date.toISOString().slice(0, 10));
  eleventy.addFilter("newest", (list, count) => list.slice(-count).reverse());
}
