// SPDX-License-Identifier: GPL-3.0-or-later
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "api/routes.hpp"
#include "tests/schedule/cheap_lab.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

const std::string file = R"(
description = "every night"
machines = ["vm", "vm-arm64"]
[[source]]
tree = "tree"
refs = ["master"]
[reference]
tree = "tree"
ref = "master"
[nightly]
at = "02:00"
days = ["mon", "sun"]
budget = "6h"
)";

struct Place {
  Place() : lab(directory.path()) {
    spdlog::set_level(spdlog::level::off);
    lab.config.matrices_directory = directory.path() / "matrices";
    daemon.emplace(lab, database);
    nights.emplace(daemon->lab, daemon->queue, daemon->reactor.get_executor());
    routes.emplace(daemon->lab, daemon->board, daemon->queue, &*nights);
  }
  void matrix(const std::string& text, const std::string& name = "m") { write(lab.config.matrices_directory / (name + ".toml"), text); }
  ApiResponse ask(const std::string& method, std::vector<std::string> path, const std::string& body = {}, bool may_write = true) {
    ApiRequest request;
    request.method = method;
    request.path = std::move(path);
    request.path.insert(request.path.begin(), "api");
    request.body = body;
    request.peer.name = "ada";
    request.peer.may_write = may_write;
    ApiResponse response;
    auto asking = [](Routes& routes, ApiRequest asked, ApiResponse& answer) -> boost::asio::awaitable<void> { answer = co_await routes.answer(std::move(asked)); };
    auto job = asking(*routes, std::move(request), response);
    boost::asio::co_spawn(daemon->reactor, std::move(job), [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
    daemon->reactor.restart();
    daemon->reactor.run();
    return response;
  }
  boost::json::object object(const ApiResponse& response, int status = 200) {
    INFO(response.body);
    CHECK(response.status == status);
    return boost::json::parse(response.body).as_object();
  }
  std::string error(const ApiResponse& response, int status) {
    CHECK(response.status == status);
    return std::string(boost::json::parse(response.body).at("error").as_string());
  }

  TemporaryDirectory directory = scratch();
  CheapLab lab;
  Database database = Database::open(lab.config.database()).value();
  std::optional<CheapDaemon> daemon;
  std::optional<Nights> nights;
  std::optional<Routes> routes;
};

}  // namespace

TEST_CASE("matrix routes: what there is, broken files among it") {
  Place place;
  CHECK(place.object(place.ask("GET", {"matrices"})).at("matrices").as_array().empty());
  place.matrix(file);
  place.matrix("boots = 0\n", "broken");
  const auto answer = place.object(place.ask("GET", {"matrices"}));
  const auto& matrices = answer.at("matrices").as_array();
  REQUIRE(matrices.size() == 2);
  CHECK(matrices[0].at("name") == "broken");
  CHECK(matrices[0].at("error").as_string().find("broken.toml\": line 1: source: there is no [[source]]") != std::string::npos);
  CHECK(matrices[1].at("error").is_null());
  CHECK(matrices[1].at("description") == "every night");
  CHECK(matrices[1].at("cells") == 2);
  CHECK(boost::json::serialize(matrices[1].at("nightly")) == R"({"at":"02:00","days":["mon","sun"],"budget":2.16E4})");
  CHECK(matrices[1].at("next").is_double());
  CHECK(matrices[1].at("last").is_null());
}

TEST_CASE("matrix routes: the expansion with estimates, a night, and what is accepted") {
  Place place;
  place.matrix(file);
  auto shown = place.object(place.ask("GET", {"matrices", "m"}));
  REQUIRE(shown.at("cells").as_array().size() == 2);
  CHECK(shown.at("cells").at(0).at("label") == "vm");
  CHECK(shown.at("cells").at(0).at("seconds").is_null());
  CHECK(shown.at("cells").at(0).at("id").is_null());
  CHECK(boost::json::serialize(shown.at("estimate")) == R"({"seconds":0E0,"unknown":2})");
  CHECK(shown.at("note").is_null());
  CHECK(shown.at("nights").as_array().empty());
  CHECK(place.error(place.ask("POST", {"matrices", "m", "accept"}, R"({"cell":"vm"})"), 404) ==
        "cannot find the cell \"vm\": matrix \"m\" has had no night yet");

  const auto begun = place.object(place.ask("POST", {"matrices", "m", "run"}, R"({"budget":3600})"), 201);
  CHECK(begun.at("id") == 1);
  CHECK(begun.at("by_hand") == true);
  CHECK(begun.at("person") == "ada");
  CHECK(begun.at("deadline").is_double());
  CHECK(begun.at("finished").is_null());
  CHECK(begun.at("states").at("waiting") == 2);
  CHECK(place.error(place.ask("POST", {"matrices", "m", "run"}), 400) ==
        "cannot run matrix \"m\": night 1 is still under way; klab matrix night 1 says how far it is");
  CHECK(place.error(place.ask("POST", {"matrices", "m", "accept"}, R"({"cell":"vm"})"), 400) == "cannot accept \"vm\": it was measured in no comparison");

  auto cell = place.daemon->nights.night_cells(1)->front();
  cell.state = CellState::done;
  cell.verdict = CellVerdict::regressed;
  cell.reason = "slow\x1b";
  REQUIRE(place.daemon->nights.update(cell));
  const auto night = place.object(place.ask("GET", {"nights", "1"}));
  CHECK(night.at("cells").at(0).at("label") == "vm");
  CHECK(night.at("cells").at(0).at("verdict") == "regressed");
  CHECK(night.at("cells").at(0).at("reason") == "slow\xEF\xBF\xBD");
  CHECK(night.at("verdicts").at("regressed") == 1);
  CHECK(night.at("definition").as_string() == file);
  const auto accepted = place.object(place.ask("POST", {"matrices", "m", "accept"}, R"({"cell":"vm"})"));
  CHECK(accepted.at("accepted").at("night") == 1);
  CHECK(place.daemon->nights.cell(cell.cell)->accepted == cell.id);
  CHECK(place.error(place.ask("POST", {"matrices", "m", "accept"}, R"({"cell":"vm","night":9})"), 400) ==
        "cannot accept \"vm\": in night 9 it was measured in no comparison");
  {
    auto later = cell;
    place.database.connection().exec("INSERT INTO night(matrix, date, origin, person, started, finished, definition) SELECT matrix, "
                                             "'2026-06-02', origin, person, started + 86400, 1, definition FROM night WHERE id = 1");
    place.database.connection().exec(fmt::format("INSERT INTO night_cell(night, cell, position, kind, state, verdict) VALUES (2, {}, 0, 'comparison', 'done', 'within noise')", cell.cell));
    CHECK(place.error(place.ask("POST", {"matrices", "m", "accept"}, R"({"cell":"vm","night":1})"), 400) ==
          "cannot accept \"vm\" of night 1: night 2 is newer and good, so it is what later nights are compared with; klab trend tells "
          "what many nights add up to");
    place.database.connection().exec("DELETE FROM night_cell WHERE night = 2");
    place.database.connection().exec("DELETE FROM night WHERE id = 2");
  }
  CHECK(place.object(place.ask("POST", {"matrices", "m", "accept"}, R"({"cell":"1","undo":true})")).at("accepted").is_null());
  CHECK_FALSE(place.daemon->nights.cell(cell.cell)->accepted);
  cell.verdict = CellVerdict::failed;
  REQUIRE(place.daemon->nights.update(cell));
  CHECK(place.error(place.ask("POST", {"matrices", "m", "accept"}, R"({"cell":"vm"})"), 400) ==
        "cannot accept \"vm\" of night 1: its kernel failed, so nothing can be compared with it");
  shown = place.object(place.ask("GET", {"matrices", "m"}));
  CHECK(shown.at("nights").as_array().size() == 1);
  CHECK(shown.at("cells").at(0).at("last").at("verdict") == "failed");
  // Without its file the nights are still there.
  std::filesystem::remove(place.lab.config.matrices_directory / "m.toml");
  shown = place.object(place.ask("GET", {"matrices", "m"}));
  CHECK(shown.at("error").as_string().starts_with("cannot find the matrix \"m\": "));
  CHECK(shown.at("nights").as_array().size() == 1);
}

TEST_CASE("matrix routes: a reference that moves is noted, with the remedy") {
  Place place;
  const auto notes = [&] { return boost::json::serialize(place.object(place.ask("GET", {"matrices", "m"})).at("notes")); };
  const auto pinned = [&](const std::string& ref) {
    place.matrix("[[source]]\ntree = \"tree\"\nrefs = [\"master\"]\n[reference]\ntree = \"tree\"\nref = \"" + ref + "\"\n");
  };
  const auto tree = place.directory.path() / "tree";
  const auto head = shell("git branch -M master && git tag v1 && git rev-parse HEAD", tree).substr(0, 40);
  const std::string remedy = "every trend is cut where it changes. Name a commit or a tag in [reference]\"]";
  pinned("master");
  CHECK(notes() == "[\"the reference master of tree tree is refs/heads/master, which can move: " + remedy);
  pinned("HEAD");
  CHECK(notes() == "[\"the reference HEAD of tree tree is refs/heads/master, which can move: " + remedy);
  for (const auto& ref : {std::string("v1"), head, head.substr(0, 12), std::string("nowhere")}) {
    pinned(ref);
    CHECK(notes() == "[]");
  }
  // What has been is told by the nights. That another one was named then is no move.
  const auto night = [&](const std::string& commit) {
    const auto begun = place.object(place.ask("POST", {"matrices", "m", "run"}), 201).at("id").as_int64();
    auto cell = place.daemon->nights.night_cells(begun)->front();
    cell.reference_commit = commit;
    REQUIRE(place.daemon->nights.update(cell).has_value());
    REQUIRE(place.daemon->nights.finish(begun, 1.0).has_value());
  };
  night("0");
  pinned("v1");
  night("a");
  CHECK(notes() == "[]");
  night("b");
  night("a");
  CHECK(notes() == "[\"the reference v1 of tree tree was 2 commits in the newest 3 nights: " + remedy);
}

TEST_CASE("matrix routes: too few boots for any verdict are said, of the file or of the configuration") {
  Place place;
  place.matrix("boots = 2\n" + file);
  CHECK(place.object(place.ask("GET", {"matrices", "m"})).at("note") == "2 boots an arm can give no verdict; 4 or more do");
  CHECK(place.object(place.ask("POST", {"matrices", "m", "run"}), 201).at("note") == "2 boots an arm can give no verdict; 4 or more do");
  place.lab.config.defaults.boots = 3;
  place.matrix(file, "other");
  CHECK(place.object(place.ask("GET", {"matrices", "other"})).at("note") == "3 boots an arm can give no verdict; 4 or more do");
  place.lab.config.defaults.boots = 4;
  CHECK(place.object(place.ask("POST", {"matrices", "other", "run"}), 201).at("note").is_null());
}

TEST_CASE("matrix routes: what is refused") {
  Place place;
  place.matrix(file);
  CHECK(place.error(place.ask("POST", {"matrices", "m", "run"}, {}, false), 403) ==
        "cannot change a matrix: this user may only read; daemon.access in klab.toml decides");
  CHECK(place.error(place.ask("POST", {"matrices", "m", "run"}, "[]"), 400) == "cannot read the request: its body is no JSON object");
  CHECK(place.error(place.ask("POST", {"matrices", "m", "run"}, R"({"budget":"x"})"), 400) == "cannot use the budget: give 1 to 604800 seconds");
  CHECK(place.error(place.ask("GET", {"matrices", "nope"}), 404) ==
        fmt::format("cannot find the matrix \"nope\": {} has m", place.lab.config.matrices_directory.string()));
  CHECK(place.error(place.ask("POST", {"matrices", "nope", "run"}), 400).starts_with("cannot find the matrix \"nope\": "));
  CHECK(place.error(place.ask("GET", {"nights", "4"}), 404) == "cannot find night 4; klab matrix nights NAME lists them");
  for (const auto& path : std::vector<std::vector<std::string>>{{"nights"}, {"nights", "x"}, {"nights", "1", "y"}, {"matrices", "m", "run"}, {"matrices", "m", "run", "x"}})
    CHECK(place.ask("GET", path).status == 404);
  CHECK(place.ask("POST", {"matrices"}).status == 404);
}
