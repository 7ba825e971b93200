// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/investigations.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "pipeline/report_data.hpp"
#include "pipeline/night_points.hpp"
#include "schedule/quiet.hpp"
#include "util/random.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

std::string brief(const std::string& commit) { return commit.substr(0, 12); }

// What has been decided; whoever was undecided is not in it.
std::vector<BisectMark> marks_of(const Investigation& one) {
  std::vector<BisectMark> marks;
  for (const auto& step : one.steps)
    if (step.bisect && !step.mark.empty() && step.mark != "undecided") marks.push_back({step.commit, step.mark});
  return marks;
}

int times(const Investigation& one, bool bisect, const std::string& commit, std::string_view mark) {
  return static_cast<int>(std::count_if(one.steps.begin(), one.steps.end(), [&](const InvestigationStep& step) {
    return step.bisect == bisect && step.commit == commit && step.mark == mark;
  }));
}

// Undecided for want of boots that gave results, not of a difference.
constexpr std::string_view failed_words = "the lab failed: ";
constexpr std::string_view cancelled_words = "was cancelled";  // by a person, who meant all of it
int lab_failures(const Investigation& one, bool bisect, const std::string& commit) {
  return static_cast<int>(std::count_if(one.steps.begin(), one.steps.end(), [&](const InvestigationStep& step) {
    return step.bisect == bisect && step.commit == commit && step.mark == "undecided" && step.text.starts_with(failed_words);
  }));
}

// Commits that were looked at often enough without an answer.
std::vector<std::string> given_up(const Investigation& one, const std::vector<BisectMark>& decided) {
  std::vector<std::string> commits;
  for (const auto& step : one.steps) {
    if (!step.bisect || step.mark != "undecided" || std::find(commits.begin(), commits.end(), step.commit) != commits.end()) continue;
    if (std::any_of(decided.begin(), decided.end(), [&](const BisectMark& mark) { return mark.commit == step.commit; })) continue;
    const int failures = lab_failures(one, true, step.commit);
    const int undecided = times(one, true, step.commit, "undecided") - failures;
    if (undecided >= 2 || failures >= Investigations::most_failures) commits.push_back(step.commit);
  }
  return commits;
}

std::string numbered(int count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

}  // namespace

bool was_cancelled(const Investigation& one) {
  return !one.steps.empty() && one.steps.back().mark == "skip" && one.steps.back().text.ends_with(cancelled_words);
}

Result<void> Investigations::end(const Investigation& one, const std::string& result, const std::string& conclusion,
                                 const std::string& culprit) {
  auto ended = lab_.trends.end_investigation(one.id, result, culprit, printable(conclusion), lab_.now());
  if (!ended) return ended;
  trouble_.erase(one.id);
  spdlog::info("investigation {}: {}: {}", one.id, result, printable(conclusion));
  lab_.bell.ring();
  return {};
}

Result<std::string> Investigations::cell_label(const Investigation& one) {
  auto cell = lab_.nights.cell(one.cell);
  if (!cell) return cell.error();
  return fmt::format("{}, {}", cell->matrix, cell->label);
}

Result<void> Investigations::submit(const Investigation& one, InvestigationState state, const std::string& commit,
                                    const ExperimentPlan& plan) {
  InvestigationStep step;
  step.bisect = state == InvestigationState::bisecting;
  step.commit = commit;
  auto experiment = lab_.trends.begin_step(one.id, state, step, plan, lab_.now());
  if (!experiment) return experiment.error();
  spdlog::info("investigation {}: {} {} by experiment {}", one.id, name(state), brief(commit), *experiment);
  queue_.notify();
  return {};
}

asio::awaitable<Result<void>> Investigations::advance(std::stop_token stop) {
  auto open = lab_.trends.open_investigations();
  if (!open) co_return open.error();
  for (const auto id : *open) {
    if (stop.stop_requested()) co_return make_error(ErrorKind::stopped, "stopped");
    auto gone_on = co_await advance_one(id, stop);
    if (!gone_on) co_return gone_on;
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Investigations::advance_one(std::int64_t id, std::stop_token stop) {
  auto one = lab_.trends.investigation(id);
  if (!one) co_return one.error();
  if (!one->steps.empty() && one->steps.back().mark.empty()) {
    auto evaluated = evaluate(*one, one->steps.back());
    if (!evaluated) co_return evaluated.error();
    if (!*evaluated) co_return Result<void>{};  // it still runs
    one = lab_.trends.investigation(id);
    if (!one) co_return one.error();
  }
  if (one->state == InvestigationState::ended) co_return Result<void>{};
  const bool confirmed = std::any_of(one->steps.begin(), one->steps.end(), [](const auto& s) { return !s.bisect && s.mark == "bad"; });
  if (confirmed) co_return co_await bisect(*one, stop);
  co_return co_await confirm(*one, stop);
}

// False while the step's experiment goes on.
Result<bool> Investigations::evaluate(const Investigation& one, const InvestigationStep& step) {
  if (!step.experiment) return true;
  auto record = lab_.experiments.get(*step.experiment);
  if (!record) return record.error();
  if (record->state != ExperimentState::done) return false;
  auto finding = find_out(one, step, *record);
  if (!finding) return finding.error();
  if (auto marked = lab_.trends.mark_step(*step.experiment, finding->mark, printable(finding->text)); !marked) return marked.error();
  return true;
}

Result<Finding> Investigations::find_out(const Investigation& one, const InvestigationStep& step, const ExperimentRecord& record) {
  const auto outcome = record.outcome.value_or(Outcome::lab_error);
  if (outcome == Outcome::cancelled) return Finding{"skip", fmt::format("experiment {} {}", record.id, cancelled_words)};
  if (!is_failure(outcome) && outcome != Outcome::ok) return Finding{"undecided", fmt::format("{}{}", failed_words, record.message)};
  auto report = experiment_report(lab_, record);
  if (!report) return report.error();
  const bool rises = one.magnitude > 0.0;
  auto finding = step.bisect ? read_step(*report, one.row, rises) : read_confirmation(*report, one.row, rises);
  // A kernel that does not build, boot or finish says nothing of how fast it would be.
  if (is_failure(outcome) && (step.bisect ? finding.mark == "undecided" : finding.mark != "bad"))
    return Finding{"skip", fmt::format("{}: {}", name(outcome), record.message)};
  if (step.bisect || finding.mark == "bad") return finding;
  const auto* comparison = find_comparison(*report, arm_last_good, arm_first_bad);
  const auto* row = comparison ? find_row(*comparison, one.row) : nullptr;
  if (!row) return finding;
  const bool worse = rises == (row->metric.better == Better::lower);
  if (const auto other = other_row(*report, one.row, worse)) {
    const auto* shown = find_row(*comparison, *other);
    // The bisection goes by the row that shows it, and by its direction.
    if ((shown->effect->estimate > (shown->effect->is_ratio ? 1.0 : 0.0)) == rises) {
      const auto& effect = *shown->effect;
      auto led = lab_.trends.set_lead(one.id, *other, effect.is_ratio, effect.estimate - (effect.is_ratio ? 1.0 : 0.0));
      if (!led) return led.error();
      return Finding{"bad", fmt::format("{}: {}; {} does not show it: {}", row_words(*other), effect_words(*shown), row_words(one.row), finding.text)};
    }
  }
  return finding;
}

asio::awaitable<Result<void>> Investigations::confirm(const Investigation& one, std::stop_token) {
  const InvestigationStep* last = one.steps.empty() ? nullptr : &one.steps.back();
  if (last && last->mark == "good")
    co_return end(one, "not confirmed", fmt::format("{}: fresh boots in random order do not show it: {}", row_words(one.row), last->text));
  if (last && last->mark == "skip") co_return end(one, "could not tell", fmt::format("the confirmation gave no answer: {}", last->text));
  auto sides = read_sides(lab_, one);
  if (!sides && sides.error().kind != ErrorKind::input) co_return sides.error();
  if (!sides) co_return end(one, "could not tell", sides.error().message);
  if (sides->good_commit == sides->bad_commit && sides->differences.empty())
    co_return end(one, "could not tell",
                  fmt::format("the kernel did not change: both nights ran {} with the same kconfig, command line and series;"
                              " the workload, the host or chance did it", brief(sides->bad_commit)));
  const int failures = lab_failures(one, false, sides->bad_commit);
  const int undecided = times(one, false, sides->bad_commit, "undecided") - failures;
  if (failures >= most_failures)
    co_return end(one, "could not tell", fmt::format("the confirmation failed {}, at last because {}", numbered(failures, "time"), last->text));
  if (undecided >= 2)
    co_return end(one, "not confirmed", fmt::format("{}: twice no more than suggestive in fresh boots: {}", row_words(one.row), last->text));
  // What took many nights to show is smaller than one night's boots can tell.
  const int wanted = std::max(least_boots, sides->plan.boots) * (one.source == "change point" ? 2 : 1);
  const int boots = wanted * (undecided > 0 ? 2 : 1);
  auto label = cell_label(one);
  if (!label) co_return label.error();
  const auto title = fmt::format("investigation {}: is it real? {}: {} against {}", one.id, *label, brief(sides->bad_commit), brief(sides->good_commit));
  co_return submit(one, InvestigationState::confirming, sides->bad_commit, confirmation_plan(*sides, title, boots, lab_.seed()));
}

asio::awaitable<Result<void>> Investigations::name_commit(const Investigation& one, std::filesystem::path repository, std::string commit,
                                                          int commits, std::stop_token stop) {
  auto words = co_await commit_words(std::move(repository), commit, stop);
  if (!words && words.error().kind == ErrorKind::stopped) co_return words.error();
  // It is known which; what it is called adds nothing to that.
  const auto called = words ? fmt::format("{} \"{}\" by {}", brief(commit), words->subject, words->author) : brief(commit);
  const auto confirmed = std::find_if(one.steps.begin(), one.steps.end(), [](const auto& s) { return !s.bisect && s.mark == "bad"; });
  const int steps = static_cast<int>(std::count_if(one.steps.begin(), one.steps.end(), [](const auto& s) { return s.bisect; }));
  co_return end(one, "commit named",
                fmt::format("{} is the first of {} that shows it after {}; {}: {}", called, numbered(commits, "commit"),
                            numbered(steps, "step"), row_words(one.row), confirmed->text),
                commit);
}

bool Investigations::is_early(const Investigation& one) const {
  const auto trouble = trouble_.find(one.id);
  return trouble != trouble_.end() && lab_.now() < trouble->second.last + patience;
}

// A full disk or a repository that somebody locks passes.
Result<void> Investigations::git_failed(const Investigation& one, const std::string& real, const Error& error) {
  if (error.kind == ErrorKind::stopped) return error;
  auto& trouble = trouble_[one.id];
  trouble.last = lab_.now();
  if (error.kind != ErrorKind::lab || ++trouble.times >= most_tries)
    return end(one, "confirmed", fmt::format("{}; no commit: {}", real, error.message));
  spdlog::warn("investigation {}: {}; it is tried again", one.id, error.message);
  return {};
}

asio::awaitable<Result<void>> Investigations::bisect(const Investigation& one, std::stop_token stop) {
  const auto confirmed = std::find_if(one.steps.begin(), one.steps.end(), [](const auto& s) { return !s.bisect && s.mark == "bad"; });
  const auto real = fmt::format("{}: {}", row_words(one.row), confirmed->text);
  auto sides = read_sides(lab_, one);
  if (!sides && sides.error().kind != ErrorKind::input) co_return sides.error();
  if (!sides) co_return end(one, "confirmed", fmt::format("{}; no commit: {}", real, sides.error().message));
  if (!sides->differences.empty()) {
    const bool same = sides->good_commit == sides->bad_commit;
    co_return end(one, "confirmed", fmt::format("{}; no commit: {} changed{}", real, join(sides->differences, " and "),
                                                same ? fmt::format(", the kernel {} did not", brief(sides->bad_commit)) : " beside the kernel"));
  }
  if (is_early(one)) co_return Result<void>{};
  const auto quiet = co_await local_quiet(lab_.bell, queue_.leases(), stop);
  if (!quiet) co_return make_error(ErrorKind::stopped, "stopped");
  const auto tree = lab_.tree(sides->bad.tree);
  if (!tree) co_return end(one, "confirmed", fmt::format("{}; no commit: {}", real, tree.error().message));
  auto repository = co_await lab_.trees.object_store(*tree, stop);
  if (!repository) co_return git_failed(one, real, repository.error());
  auto between = co_await commits_between(*repository, sides->good_commit, sides->bad_commit, stop);
  if (!between) co_return git_failed(one, real, between.error());
  if (!between->connected)
    co_return end(one, "confirmed", fmt::format("{}; no commit: last good {} is no ancestor of first bad {}", real, brief(sides->good_commit),
                                                brief(sides->bad_commit)));
  auto marks = marks_of(one);
  // The newest may be undecided: looked at twice, then left aside.
  const InvestigationStep& last = one.steps.back();
  const auto aside = given_up(one, marks);
  for (const auto& commit : aside) marks.push_back({commit, "skip"});
  if (last.bisect && last.mark == "skip" && last.text.ends_with(cancelled_words))
    co_return end(one, "confirmed", fmt::format("{}; no commit: {}", real, last.text));
  std::string next;
  int boots = std::max(least_boots, sides->plan.boots) * (one.source == "change point" ? 2 : 1);
  const bool again = last.bisect && last.mark == "undecided" && std::find(aside.begin(), aside.end(), last.commit) == aside.end();
  if (again) {
    next = last.commit;
    if (times(one, true, next, "undecided") > lab_failures(one, true, next)) boots *= 2;
  } else {
    auto answer = co_await klab::bisect(*repository, lab_.config.cache, sides->good_commit, sides->bad_commit, std::move(marks), stop);
    if (!answer) co_return git_failed(one, real, answer.error());
    trouble_.erase(one.id);
    if (!answer->first_bad.empty()) {
      const auto named = co_await name_commit(one, *repository, answer->first_bad, between->commits, stop);
      co_return named;
    }
    if (!answer->suspects.empty()) {
      std::vector<std::string> names;
      for (const auto& suspect : answer->suspects) names.push_back(brief(suspect));
      co_return end(one, "confirmed", fmt::format("{}; no commit: only ones that could not be measured are left: it is one of {}", real, join(names, ", ")));
    }
    next = answer->next;
  }
  const auto steps = std::count_if(one.steps.begin(), one.steps.end(), [](const auto& s) { return s.bisect; });
  if (steps >= most_steps)
    co_return end(one, "confirmed", fmt::format("{}; no commit: {} were not enough", real, numbered(most_steps, "step")));
  auto label = cell_label(one);
  if (!label) co_return label.error();
  const auto title = fmt::format("investigation {}: is it {}? {}", one.id, brief(next), *label);
  co_return submit(one, InvestigationState::bisecting, next, bisection_plan(*sides, next, title, boots, lab_.seed()));
}

}  // namespace klab
