// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/watch.hpp"

#include <chrono>
#include <limits>
#include <ostream>

#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "cli/progress_line.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace {

constexpr int most_attempts = 60;  // a second apart: as long as a daemon may take to be started again

// Shows progress in the way that suits the output. Pure but for the stream and the clock it borrows.
class Display {
 public:
  Display(Streams& streams, bool json)
      : streams_(streams), redraws_(!json && streams.out_is_terminal), json_(json) {}

  void show(const WatchState& state, const boost::json::object& answer) {
    state_ = state;
    received_ = std::chrono::steady_clock::now();
    if (json_) {
      streams_.out << boost::json::serialize(answer) << std::endl;
    } else if (redraws_) {
      redraw();
    } else if (auto line = step_line(state); line != last_) {
      streams_.out << line << std::endl;
      last_ = std::move(line);
    }
  }
  // The clock went on although nothing changed.
  void redraw() {
    if (!redraws_ || state_.id == 0) return;
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - received_;
    streams_.out << "\r\033[K" << progress_line(state_, state_.now + since.count(), streams_.columns())
                 << std::flush;
    drawn_ = true;
  }
  void clear() {
    if (drawn_) streams_.out << "\r\033[K" << std::flush;
    drawn_ = false;
  }

 private:
  Streams& streams_;
  bool redraws_;
  bool json_;
  bool drawn_ = false;
  WatchState state_;
  std::chrono::steady_clock::time_point received_;
  std::string last_;
};

int finish(Streams& streams, Client& client, const WatchState& state, bool json) {
  auto report =
      client.get(fmt::format("/api/experiments/{}/report?format={}", state.id, json ? "json" : "text"));
  if (!report && client.interrupted()) return fail(streams, report.error());
  const int code = exit_code_of(outcome_from_name(state.outcome), report ? report->exit_code : std::nullopt);
  if (json) {
    boost::json::object last{{"id", state.id},           {"state", state.state}, {"outcome", state.outcome},
                             {"message", state.message}, {"tail", state.tail},   {"exit_code", code},
                             {"report", nullptr}};
    if (report)
      if (auto object = parse_object(*report)) last["report"] = std::move(*object);
    streams.out << boost::json::serialize(last) << std::endl;
    return code;
  }
  // A table without a single boot says nothing that the outcome does not say better.
  const bool reports = report && (state.outcome == "ok" || state.boots_done > 0);
  if (reports) streams.out << printable_lines(report->body);
  if (state.outcome == "ok") {
    if (!report) return fail(streams, report.error(), code);
    return code;
  }
  streams.out << fmt::format("{}experiment {}: {}\n", reports ? "\n" : "", state.id, state.outcome);
  if (!state.message.empty()) streams.out << "  " << state.message << '\n';
  for (const auto& line : split_lines(state.tail))
    if (!state.tail.empty()) streams.out << "    " << line << '\n';
  streams.out << fmt::format("klab show {0} and klab logs {0} tell more\n", state.id);
  return code;
}

}  // namespace

int watch(Streams& streams, Client& client, std::int64_t asked, bool json) {
  std::int64_t id = asked;  // then its confirmation
  std::optional<WatchState> first;
  client.detach_on_interrupt();
  Display display(streams, json);
  client.while_waiting([&] { display.redraw(); });
  // No version is this one: the first answer comes at once, later ones when something has changed.
  std::uint64_t seen = std::numeric_limits<std::uint64_t>::max();
  bool answered = false;
  int attempts = 0;
  const auto leave = [&](int code) {
    client.while_waiting(nullptr);
    return code;
  };
  for (;;) {
    auto reply = client.get(fmt::format("/api/experiments/{}/progress?seen={}", id, seen));
    if (client.interrupted()) {
      display.clear();
      streams.err << fmt::format("detached; klab watch {} takes it up again\n", asked);
      return leave(exit_same_or_better);
    }
    if (!reply) {
      // Once it has answered, a daemon that is away may be restarting: experiments survive that.
      if (reply.error().kind == ErrorKind::lab && answered && ++attempts < most_attempts) {
        client.pause(std::chrono::seconds(1));
        continue;
      }
      display.clear();
      return leave(fail(streams, reply.error()));
    }
    attempts = 0;
    answered = true;
    auto answer = parse_object(*reply);
    if (!answer) return leave(fail(streams, answer.error()));
    const auto state = read_watch_state(*answer);
    display.show(state, *answer);
    // Whether fresh boots are needed is decided right after its end.
    if (state.done() && state.confirming) {
      seen = state.version;
      client.pause(std::chrono::milliseconds(200));
      continue;
    }
    if (state.done() && state.confirmed_by > 0 && !first) {
      display.clear();
      if (!json) streams.out << fmt::format("experiment {} is not settled; fresh boots are experiment {}\n", id, state.confirmed_by);
      first = state;
      id = state.confirmed_by;
      seen = std::numeric_limits<std::uint64_t>::max();
      continue;
    }
    if (state.done()) {
      display.clear();
      client.while_waiting(nullptr);
      return finish(streams, client, first ? *first : state, json);
    }
    // Nothing new: the poll ran out, or the daemon is on its way down and answers at once.
    if (state.version == seen) client.pause(std::chrono::milliseconds(200));
    seen = state.version;
  }
}

}  // namespace klab::cli
