// SPDX-License-Identifier: GPL-3.0-or-later
// klabd's pages over a lab that has been at work: what they say, where they lead, and that nobody's text gets out of hand.
#include "api/pages/pages.hpp"

#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <deque>
#include <regex>
#include <set>

#include "store/statement.hpp"
#include "tests/pages/stored_lab.hpp"
#include "tests/schedule/cheap_lab.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

struct Place {
  Place() : lab(directory.path()) {
    spdlog::set_level(spdlog::level::off);
    lab.add_host("host1", {"arch=x86_64"});
    daemon.emplace(lab, database);
    stored.emplace(database);
    pages.emplace(daemon->lab, daemon->board, daemon->queue);
  }
  ApiResponse ask(const std::string& target) {
    ApiRequest request;
    request.method = "GET";
    REQUIRE(parse_target(target, request));
    return pages->answer(request);
  }
  std::string page(const std::string& target, int status = 200) {
    auto response = ask(target);
    INFO(target << "\n" << response.body);
    CHECK(response.status == status);
    CHECK(response.content_type == "text/html; charset=utf-8");
    return response.body;
  }
  // Every page that can be reached from "/", by its address.
  std::map<std::string, std::string> all() {
    std::map<std::string, std::string> found;
    std::deque<std::string> waiting{"/"};
    static const std::regex link(" href=\"(/[^\"#]*)");
    while (!waiting.empty() && found.size() < 400) {
      const auto target = waiting.front();
      waiting.pop_front();
      if (found.count(target)) continue;
      auto response = ask(target);
      INFO(target << "\n" << response.body.substr(0, 3000));
      CHECK((response.status == 200 || response.status == 303));
      found[target] =
          response.content_type.starts_with("text/html") && !target.ends_with("report.html") ? response.body : std::string();
      const auto& body = found[target];
      for (auto at = std::sregex_iterator(body.begin(), body.end(), link); at != std::sregex_iterator(); ++at) {
        auto next = (*at)[1].str();
        for (std::size_t amp = 0; (amp = next.find("&amp;", amp)) != std::string::npos; ++amp) next.replace(amp, 5, "&");
        waiting.push_back(next);
      }
    }
    return found;
  }

  TemporaryDirectory directory = scratch();
  CheapLab lab;
  Database database = Database::open(lab.config.database()).value();
  std::optional<CheapDaemon> daemon;
  std::optional<StoredLab> stored;
  std::optional<Pages> pages;
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("pages: every link leads somewhere, and no text of a stranger is more than text") {
  Place p;
  p.stored->add_host();
  p.stored->add_aa_runs(2);
  p.stored->add_nights(8, 1);
  p.stored->add_experiments();
  p.stored->add_unplaced();
  const auto all = p.all();
  CHECK(all.size() > 100);
  for (const auto& [target, html] : all) {
    if (html.empty()) continue;
    INFO(target);
    CHECK(html == printable_lines(html));
    CHECK_FALSE(holds(html, "<script>"));
    CHECK_FALSE(holds(html, "</pre><script"));
    CHECK_FALSE(holds(html, " style="));
    CHECK_FALSE(holds(html, "<style"));
    CHECK_FALSE(holds(html, "href=\"http"));
    CHECK_FALSE(holds(html, "{{/"));
    CHECK(holds(html, "<main id=\"main\""));
  }
}

TEST_CASE("pages: an experiment's numbers lead to their boots, and a row's page has every sample") {
  Place p;
  const auto ids = p.stored->add_experiments();
  const auto html = p.page(fmt::format("/experiments/{}", ids[0]));
  CHECK(holds(html, "<h1>workqueue: defer wakeups until the pool lock is dropped</h1>"));
  CHECK(
      holds(html, fmt::format("<a href=\"/experiments/{}/row?workload=workqueue&amp;case=cpu&amp;metric=throughput\">", ids[0])));
  CHECK(holds(html, "<a href=\"/boots/"));
  CHECK(holds(html, "class=\"box patched\""));
  CHECK(holds(html, "Order of the boots, seed"));
  CHECK(holds(html, fmt::format("href=\"/experiments/{}/series.mbox\"", ids[0])));
  const auto row = p.page(fmt::format("/experiments/{}/row?workload=workqueue&case=cpu&metric=throughput", ids[0]));
  static const std::regex boots("href=\"/boots/[0-9]+#samples\"");
  CHECK(std::distance(std::sregex_iterator(row.begin(), row.end(), boots), std::sregex_iterator()) == 10);
  CHECK(
      holds(p.page(fmt::format("/experiments/{}/row?workload=workqueue&case=moon&metric=throughput", ids[0]), 404),
            fmt::format("cannot find the row &quot;workqueue moon throughput&quot; in experiment {}; its page has all there are",
                        ids[0])));
  const auto failed = p.page(fmt::format("/experiments/{}", ids[1]));
  CHECK(holds(failed, "Boots that failed"));
  CHECK(holds(failed, "BUG: kernel NULL pointer dereference, address: 0000000000000018"));
  const auto unbuilt = p.page(fmt::format("/experiments/{}", ids[5]));
  CHECK(holds(unbuilt, "implicit declaration of function"));
}

TEST_CASE("pages: an experiment and the fresh boots that confirm it lead to each other") {
  Place p;
  const auto ids = p.stored->add_experiments();
  const auto plan = p.daemon->experiments.get(ids[2]).value().plan;
  const auto fresh = p.daemon->trends.confirm(ids[2], plan, 1800000000.0).value();
  const auto said = fmt::format("fresh boots of all arms are experiment {}, queued", fresh);
  CHECK(holds(p.page(fmt::format("/experiments/{}", ids[2])), said));
  CHECK(holds(p.ask(fmt::format("/experiments/{}/report.txt", ids[2])).body, said));
  const auto html = p.page(fmt::format("/experiments/{}", fresh));
  CHECK(holds(html, fmt::format("<a href=\"/experiments/{0}\"><span>confirms experiment {0}</span></a>", ids[2])));
}

TEST_CASE("pages: two experiments side by side have no verdict, and a ratio only against the same commit") {
  Place p;
  const auto ids = p.stored->add_experiments();
  const auto html = p.page(fmt::format("/compare?a={}&b={}", ids[0], ids[1]));
  CHECK(holds(html, "Boots of different experiments were not randomised together"));
  CHECK(holds(html, "They are not against the same commit, so their changes cannot be set in relation to each other."));
  CHECK_FALSE(holds(html, "second over first"));
  const auto same = p.page(fmt::format("/compare?a={}&b={}", ids[0], ids[0]));
  CHECK(holds(same, "second over first"));
  CHECK(holds(p.page(fmt::format("/compare?a={}&b={}", ids[0], ids[6])), "Different workload:"));
  CHECK(holds(p.page("/compare?a=1&b=night:x", 404),
              "cannot compare &quot;1&quot; with &quot;night:x&quot;: give two experiments&apos; numbers, or night:N twice"));
}

TEST_CASE("pages: changes are set in relation to each other only under like conditions") {
  Place p;
  const auto ids = p.stored->add_experiments();
  auto& db = p.database.connection();
  db.exec(fmt::format("UPDATE arm SET commit_id = 'c0ffee' WHERE experiment IN ({}, {})", ids[0], ids[1]));
  const auto target = fmt::format("/compare?a={}&b={}", ids[0], ids[1]);
  CHECK(holds(p.page(target), "second over first"));
  const auto refused = [&](const std::string& sql, const std::string& why) {
    SQLite::Transaction unlike(db);  // rolled back
    db.exec(fmt::format("{} {}", sql, ids[1]));
    const auto html = p.page(target);
    INFO(sql);
    CHECK(holds(html, why + ", so their changes cannot be set in relation to each other."));
    CHECK_FALSE(holds(html, "second over first"));
    return html;
  };
  // Of an arm that is not the first, too.
  CHECK(holds(refused("UPDATE arm SET command_line = 'nosmt' WHERE label = 'patched' AND experiment =",
                      "Their kernels were configured or started differently"),
              "Different command line: none and nosmt."));
  refused("UPDATE arm SET machine = 'host1' WHERE experiment =", "They ran on different machines");
  CHECK(holds(refused("UPDATE boot SET acceleration = 'TCG' WHERE (SELECT experiment FROM slot WHERE slot.id = boot.slot) =",
                      "Their host was not the same, or it is not known"),
              "Different acceleration: KVM and TCG."));
}

TEST_CASE("pages: what was measured under TCG or with too few CPUs says so wherever it is shown") {
  Place p;
  p.lab.config.machines.at("vm").vcpus = 64;  // of 32
  p.stored->add_nights(4, 4);
  p.database.connection().exec("UPDATE boot SET acceleration = 'TCG'");
  const auto experiment = p.daemon->nights.history(1, 1)->front().experiment.value();
  for (const auto& target :
       {std::string("/nights/4"), std::string("/matrices/nightly"), std::string("/cells/1"),
        std::string("/cells/1/trend?workload=workqueue&case=cache&metric=throughput"), std::string("/investigations/1"),
        fmt::format("/experiments/{}/row?workload=workqueue&case=cpu&metric=throughput", experiment),
        std::string("/compare?a=night:3&b=night:4")}) {
    const auto html = p.page(target);
    INFO(target);
    CHECK(holds(html, "<span>TCG</span>"));
    CHECK(holds(html, "<span>overcommitted</span>"));
  }
  for (const char* target : {"/matrices", "/investigations", "/nights/4"}) CHECK(holds(p.page(target), "TCG, overcommitted"));
}

TEST_CASE("pages: search finds series, authors, commits, and goes straight to a Message-ID") {
  Place p;
  const auto ids = p.stored->add_experiments();
  CHECK(holds(p.page("/search?q=Grace"), fmt::format("/experiments/{}#series", ids[1])));
  CHECK(holds(p.page("/search?q=5eed"), "Commits ("));
  // One experiment has it: no page in between.
  for (const char* rest : {"/", "", "/T/#u", "/raw", "/t.mbox.gz", "/?x=1"})
    for (const char* at : {"@", "%40"}) {
      const std::string link = fmt::format("https://lore.example.org/all/20260611.7{}example.org{}", at, rest);
      const auto jump = p.ask("/search?q=" + percent_encoded(link));
      INFO(link);
      CHECK(jump.status == 303);
      CHECK(jump.headers.back() == std::pair<std::string, std::string>{"Location", fmt::format("/experiments/{}", ids[1])});
    }
  // No link into an archive, for all that it looks like one.
  for (const char* text : {"bug #12 https://x", "really? https://x/no-such-thing", "#://", "https://lore.example.org", "https://lore.example.org/?q=x"})
    CHECK(holds(p.page("/search?q=" + percent_encoded(text)), "Nothing has that in its title"));
  // What LIKE would take for a pattern is text.
  for (const char* pattern : {"/search?q=%25%25", "/search?q=__"}) CHECK(holds(p.page(pattern), "Nothing has that in its title"));
  CHECK(holds(p.page("/search?q=%27%3B%20DROP%20TABLE%20experiment"), "Nothing has that in its title"));
  CHECK(holds(p.page("/search?q=x"), "Give at least two characters"));
}

TEST_CASE("pages: a matrix that cannot begin says so, and one that is to begin says when") {
  Place p;
  p.lab.config.matrices_directory = p.directory.path() / "matrices";
  write(p.lab.config.matrices_directory / "broken.toml", "bots = 5\n");
  for (const char* target : {"/", "/matrices"}) {
    const auto html = p.page(target);
    CHECK(holds(html, "broken"));
    CHECK(holds(html, "there is no [[source]]; give one with tree and refs"));
  }
  write(p.lab.config.matrices_directory / "fresh.toml",
        "[[source]]\ntree = \"tree\"\nrefs = [\"HEAD\"]\n[reference]\ntree = \"tree\"\nref = \"HEAD\"\n[nightly]\nat = \"02:00\"\n");
  const auto html = p.page("/matrices");
  CHECK(holds(html, "no night yet"));
  CHECK(holds(html, " 02:00"));
}

TEST_CASE("pages: nights, their grid and their trends") {
  Place p;
  p.stored->add_nights(20, 1);
  const auto grid = p.page("/matrices/nightly");
  for (const char* word : {"regressed", "put off, the night&apos;s budget was used up", "lab error, tree", "skipped, its inputs"})
    CHECK(holds(grid, word));
  CHECK(holds(grid, "<span aria-hidden=\"true\">\u25bc</span>"));
  const auto night = p.page("/nights/20");
  CHECK(holds(night, "workqueue cache throughput +8.0%"));
  CHECK(holds(night, "What had not begun by"));
  const auto trend = p.page("/cells/1/trend?workload=workqueue&case=cache&metric=throughput");
  CHECK(holds(trend, "class=\"change regressed\""));
  CHECK(holds(trend, "class=\"gap\""));
  CHECK(holds(trend, "href=\"/investigations/1\""));
  CHECK(holds(trend, "put off: the night&apos;s budget was used up"));
  CHECK(holds(p.page("/cells/2/trend?workload=workqueue&case=cpu&metric=p95"), "class=\"cut\""));
  CHECK(holds(p.page("/investigations/1"), "The first commit that shows it is"));
  CHECK(holds(p.page("/compare?a=night:19&b=night:20"), "which is the same commit"));
}

TEST_CASE("pages: nights that never were are gaps of a trend") {
  Place p;
  p.stored->add_nights(20, 1);
  const std::string page = "/cells/1/trend?workload=workqueue&case=cache&metric=throughput";
  CHECK_FALSE(holds(p.page(page), "no night began"));
  // klabd was off for five days.
  auto& db = p.database.connection();
  for (int night = 1; night <= 20; ++night) {
    const double start = p.daemon->nights.night(night)->started + (night > 10 ? 5.0 : 0.0) * 86400.0;
    execute(db, "UPDATE night SET started = ?, date = ?, definition = ? WHERE id = ?", start, local_time(start).substr(0, 10),
            std::string_view("[nightly]\nat = \"02:00\"\n"), night);
  }
  const auto before = p.daemon->nights.night(10)->started;
  const auto trend = p.page(page);
  const auto dates = local_time(before + 86400.0).substr(0, 10) + " to " + local_time(before + 5 * 86400.0).substr(0, 10);
  CHECK(holds(trend, "<title>" + dates + ": no number; no night began</title>"));
  CHECK(holds(trend, "gap of 5 nights"));
  CHECK(holds(trend, "16 of 25 nights have a number"));
  CHECK(holds(p.page("/cells/1"), "no night began"));
}

TEST_CASE("pages: what is not there is a page that says so") {
  Place p;
  for (const char* target :
       {"/experiments/7", "/boots/7", "/builds/7", "/nights/7", "/cells/7", "/investigations/7", "/hosts/none", "/workloads/none",
        "/matrices/none", "/nowhere", "/assets/other.css", "/experiments/1/secret", "/boots/x", "/compare?a=1&b=2"})
    CHECK(holds(p.page(target, 404), "<h1>Not here</h1>"));
  CHECK(holds(p.page("/"), "Nothing waits and nothing runs."));
}

TEST_CASE("pages: a copy has no script and no form; the live page names its news") {
  Place p;
  const auto ids = p.stored->add_experiments();
  const auto waiting = fmt::format("/experiments/{}", ids.back());
  const auto live = p.page(waiting);
  CHECK(holds(live, fmt::format("data-live-from=\"/experiments/{}/progress.json\"", ids.back())));
  // As the page was made: what begins or ends before the first news is seen by it.
  CHECK(holds(live, fmt::format("data-live-state=\"{}:queued:0;\"", ids.back())));
  const auto of_one = boost::json::parse(p.ask(waiting + "/progress.json").body).as_object();
  CHECK(of_one.at("state").as_string() == fmt::format("{}:queued:0;", ids.back()));
  CHECK(holds(p.page("/"), fmt::format("data-live-state=\"{}:queued;host1:;\"", ids.back())));
  CHECK(holds(live, "<noscript><meta http-equiv=\"refresh\""));
  const auto copy = p.page(waiting + "?copy=1");
  for (const char* part : {"<script", "<form", "data-live-from", "data-live-state", "http-equiv=\"refresh\""}) CHECK_FALSE(holds(copy, part));
  CHECK(holds(copy, "This is a copy: links lead as far as it reaches."));
  const auto news = boost::json::parse(p.ask("/now.json").body).as_object();
  CHECK(news.at("state").as_string() == fmt::format("{}:queued;host1:;", ids.back()));
  CHECK(news.at("texts").as_object().at(fmt::format("{}.step", ids.back())).as_string() == "queued");
}

TEST_CASE("pages: assets may be kept for ever, under an address that changes with them") {
  Place p;
  const auto css = p.ask("/assets/klab.css?v=0");
  CHECK(css.content_type == "text/css; charset=utf-8");
  CHECK(css.headers.front() == std::pair<std::string, std::string>{"Cache-Control", "public, max-age=31536000, immutable"});
  CHECK(p.ask("/assets/klab.js").content_type == "text/javascript; charset=utf-8");
}
