// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/base.hpp"

#include "build/blob_search.hpp"
#include "intake/diff_check.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

// One attempt by name. Only a broken lab or a stop is an error; a ref that is not there is an attempt.
asio::awaitable<Result<bool>> try_ref(TreeStore& trees, TreeSpec tree, BaseAttempt attempt, std::string taken_because,
                                      BaseSearch& search, std::stop_token stop) {
  auto commit = co_await trees.resolve(tree, attempt.wanted, stop);
  if (!commit && commit.error().kind != ErrorKind::input) co_return commit.error();
  if (commit) {
    attempt.taken = true;
    attempt.why = std::move(taken_because);
    search.commit = *commit;
  } else {
    attempt.why = commit.error().message;
    attempt.words = std::string(trim(commit.error().tail));
  }
  search.attempts.push_back(std::move(attempt));
  co_return commit.has_value();
}

std::vector<PreimageBlob> blobs_of(const Series& series) {
  std::string mails;
  for (const auto& patch : series.patches) mails += patch.mail + "\n";
  return preimage_blobs(mails);
}

asio::awaitable<Result<bool>> try_blobs(TreeStore& trees, TreeSpec tree, const Series& series, BaseSearch& search,
                                        std::stop_token stop) {
  auto where = co_await trees.repository(tree, stop);
  if (!where) co_return where.error();
  auto blobs = blobs_of(series);
  BaseAttempt attempt;
  attempt.way = "blob ids";
  std::vector<std::string> wanted;
  for (const auto& blob : blobs) wanted.push_back(fmt::format("{} {}", blob.id, blob.path));
  attempt.wanted = join(wanted, ", ");
  auto top = co_await trees.resolve(tree, std::string(), stop);
  if (!top && top.error().kind != ErrorKind::input) co_return top.error();
  if (!top) co_return false;  // the default ref is tried next and says so itself
  auto found = co_await find_commit_with_blobs(*where, *top, std::move(blobs), stop);
  if (!found) co_return found.error();
  attempt.taken = found->commit.has_value();
  attempt.why = found->why;
  attempt.words = found->words;
  if (found->commit) search.commit = *found->commit;
  search.attempts.push_back(std::move(attempt));
  co_return search.attempts.back().taken;
}

}  // namespace

std::string BaseSearch::reason() const {
  if (attempts.empty()) return {};
  const auto& last = attempts.back();
  return last.taken ? fmt::format("{}: {}", last.way, last.why) : last.why;
}

asio::awaitable<Result<BaseSearch>> find_base(TreeStore& trees, TreeSpec tree, std::string asked, const Series* series,
                                              std::stop_token stop) {
  BaseSearch search;
  if (!asked.empty()) {
    BaseAttempt attempt{"--base", asked, false, {}, {}};
    auto tried = co_await try_ref(trees, tree, std::move(attempt), "as asked for", search, stop);
    if (!tried) co_return tried.error();
    co_return search;
  }
  if (series != nullptr && !series->base_commit.empty()) {
    BaseAttempt attempt{"base-commit", series->base_commit, false, {}, {}};
    auto tried = co_await try_ref(trees, tree, std::move(attempt), "the series names it", search, stop);
    if (!tried) co_return tried.error();
    if (*tried) co_return search;
  }
  if (series != nullptr) {
    auto tried = co_await try_blobs(trees, tree, *series, search, stop);
    if (!tried) co_return tried.error();
    if (*tried) co_return search;
  }
  BaseAttempt attempt{"default ref", tree.ref, false, {}, {}};
  auto tried = co_await try_ref(trees, tree, std::move(attempt), fmt::format("{} of tree {}", tree.ref, tree.name), search, stop);
  if (!tried) co_return tried.error();
  co_return search;
}

}  // namespace klab
