// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/page_copy.hpp"

#include <catch2/catch.hpp>

#include "support/error_words.hpp"

using namespace klab;
using namespace klab::cli;

TEST_CASE("copy: files are named after their pages, below the copy, no two alike") {
  CHECK(copy_file("/") == "index.html");
  CHECK(copy_file("/experiments") == "experiments.html");
  CHECK(copy_file("/experiments/3") == "experiments/3.html");
  CHECK(copy_file("/experiments/3/report.json") == "experiments/3/report.json");
  CHECK(copy_file("/experiments/3/report.html") == "experiments/3/report.html");
  CHECK(copy_file("/boots/7/console") == "boots/7/console.txt");
  CHECK(copy_file("/assets/klab.css?v=1") == "assets/klab.css");
  const auto compare = copy_file("/compare?a=1&b=2");
  CHECK(compare.starts_with("compare-a-1-b-2-"));
  CHECK(compare.ends_with(".html"));
  CHECK(compare != copy_file("/compare?a=1-b&2"));
  CHECK(copy_file("/hosts/..%2Fx").find("..") == std::string::npos);
  CHECK(copy_file("/hosts/..").find("..") == std::string::npos);
  CHECK(copy_file("/workloads/" + std::string(500, 'a')).size() < 120);
}

TEST_CASE("copy: links are relative, and lead nowhere where the copy ends") {
  CHECK(relative_way("index.html", "boots/7.html") == "boots/7.html");
  CHECK(relative_way("experiments/3/row.html", "boots/7.html") == "../../boots/7.html");
  CHECK(relative_way("boots/7.html", "boots/8.html") == "8.html");
  const std::map<std::string, std::string> files{{"/boots/7", "boots/7.html"}, {"/x?a=1&b=2", "x-1.html"}};
  const std::string html =
      "<a href=\"/boots/7#samples\">7</a> <a class=\"t\" href=\"/boots/8\">8</a> <a href=\"#here\">h</a> <a "
      "href=\"/x?a=1&amp;b=2\">x</a>";
  CHECK(with_links(html, "experiments/3.html", files) ==
        "<a href=\"../boots/7.html#samples\">7</a> <a class=\"t\">8</a> <a href=\"#here\">h</a> <a href=\"../x-1.html\">x</a>");
  CHECK(links_of(html) == std::vector<std::string>{"/boots/7", "/boots/8", "/x?a=1&b=2"});
}

TEST_CASE("copy: takes what belongs to the experiments asked for, each page once, and ends with the first error") {
  std::map<std::string, std::string> pages{
      {"/?copy=1", "<a href=\"/experiments/3\"></a><a href=\"/experiments/4\"></a><link href=\"/assets/klab.css?v=1\">"},
      {"/experiments/3?copy=1",
       "<a href=\"/boots/7\"></a><a href=\"/boots/7/console\"></a><a href=\"/experiments/3/row?case=a\"></a>"},
      {"/experiments/3/row?case=a&copy=1", "<a href=\"/experiments/3\">back</a>"},
      {"/boots/7?copy=1", "<a href=\"/experiments/3\"></a>"},
      {"/boots/7/console", "<a href=\"/experiments/3\"></a>"},
      {"/assets/klab.css?v=1", "css"}};
  std::vector<std::string> asked;
  std::string silent;
  const auto fetch = [&](const std::string& target) -> Result<std::optional<std::string>> {
    asked.push_back(target);
    if (target == silent) return lab_error("no answer for {}", target);
    const auto found = pages.find(target);
    return found == pages.end() ? std::nullopt : std::optional(found->second);
  };
  CopyScope scope;
  scope.experiments = {"3"};
  const auto files = copy_pages(scope, fetch);
  REQUIRE(files.has_value());
  CHECK(asked.size() == pages.size());
  CHECK(files->at("index.html") == "<a href=\"experiments/3.html\"></a><a></a><link href=\"assets/klab.css\">");
  CHECK(files->at("boots/7/console.txt") == pages["/boots/7/console"]);  // no page: nothing in it is a link
  silent = "/boots/7?copy=1";
  const auto broken = copy_pages(scope, fetch);
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error().message == "no answer for /boots/7?copy=1");

  // A host that left klab.toml before it ever booted has no page.
  silent.clear();
  pages.erase("/boots/7?copy=1");
  const auto partial = copy_pages(scope, fetch);
  REQUIRE(partial.has_value());
  CHECK(partial->count("boots/7.html") == 0);
  CHECK(partial->at("experiments/3.html") ==
        "<a></a><a href=\"../boots/7/console.txt\"></a><a href=\"3/row-case-a-" +
            copy_file("/experiments/3/row?case=a").substr(std::string("experiments/3/row-case-a-").size()) + "\"></a>");

  scope.experiments = {"3", "5"};
  const auto missing = copy_pages(scope, fetch);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().kind == ErrorKind::input);
  CHECK(missing.error().message ==
        "cannot export experiment 5: klabd has none of that number; klab status lists the latest");
}
