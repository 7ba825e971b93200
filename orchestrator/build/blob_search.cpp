// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/blob_search.hpp"

#include <algorithm>

#include "build/git.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

using Clock = std::chrono::steady_clock;

class Search {
 public:
  Search(std::filesystem::path repository, std::vector<PreimageBlob> blobs, std::stop_token stop,
         std::chrono::seconds limit)
      : repository_(std::move(repository)), blobs_(std::move(blobs)), stop_(stop), end_(Clock::now() + limit) {}

  asio::awaitable<Result<BlobSearch>> run(std::string tip) {
    BlobSearch found;
    auto absent = co_await missing_blob(found.words);
    if (!absent) co_return absent.error();
    if (*absent) {
      found.why = fmt::format("blob {} of \"{}\" is not in this tree", (*absent)->id, printable((*absent)->path));
      co_return found;
    }
    std::vector<std::vector<std::string>> places(2);
    places[0].push_back(tip);
    for (const std::string& word : {std::string("--all"), std::string("--not"), tip}) places[1].push_back(word);
    for (const auto& place : places) {
      auto commit = co_await walk(place);
      if (!commit) co_return commit.error();
      if (commit->empty()) continue;
      found.commit = *commit;
      found.why = fmt::format("newest commit {} that has {} as the series knew {}",
                              place.size() == 1 ? "on the tree's default ref" : "on any branch or tag", files(), blobs_.size() == 1 ? "it" : "them");
      co_return found;
    }
    found.why = late_ ? fmt::format("none of the newest {} commits has {} as the series knew them; the search ended there, out of time", walked_, files())
                      : fmt::format("no commit has {} as the series knew them, though each blob is in this tree", files());
    co_return found;
  }

 private:
  std::string files() const { return fmt::format("{} file{}", blobs_.size(), blobs_.size() == 1 ? "" : "s"); }

  asio::awaitable<Result<ProcessResult>> git(std::vector<std::string> arguments, std::string input = {}) {
    GitCall call;
    call.git_dir = repository_;
    call.arguments = std::move(arguments);
    call.input = std::move(input);
    auto spec = git_process(call);
    spec.deadline = std::max(std::chrono::milliseconds(1000),
                             std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now()));
    spec.output_limit = std::size_t{256} << 20;
    auto ended = co_await run_process(std::move(spec), stop_);
    if (ended && !ended->ok() && !ended->timed_out)
      co_return lab_error("cannot search \"{}\" for a base: git: {}: {}", repository_.string(), ended->describe(),
                          printable(trim(tail(ended->err, 3))));
    co_return ended;
  }

  asio::awaitable<Result<std::optional<PreimageBlob>>> missing_blob(std::string& words) {
    std::string input;
    for (const auto& blob : blobs_) input += blob.id + "\n";
    std::vector<std::string> command{"cat-file", "--batch-check"};
    auto looked = co_await git(std::move(command), std::move(input));
    if (!looked) co_return looked.error();
    const auto lines = split_lines(looked->out);
    for (std::size_t i = 0; i < blobs_.size() && i < lines.size(); ++i) {
      // An ambiguous abbreviation is settled by the walk, which knows the path.
      if (lines[i].ends_with(" missing")) {
        words = lines[i];
        co_return std::optional<PreimageBlob>(blobs_[i]);
      }
    }
    co_return std::optional<PreimageBlob>();
  }

  // Of `commits`, in their order, those that have blobs_[which] at its path.
  asio::awaitable<Result<std::vector<std::string>>> having(std::vector<std::string> commits, std::size_t which) {
    std::string input;
    for (const auto& commit : commits) input += commit + ":" + blobs_[which].path + "\n";
    std::vector<std::string> command{"cat-file", "--batch-check=%(objectname)"};
    auto looked = co_await git(std::move(command), std::move(input));
    if (!looked) co_return looked.error();
    if (looked->timed_out) late_ = true;
    const auto lines = split_lines(looked->out);
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < commits.size() && i < lines.size(); ++i)
      if (lines[i].starts_with(blobs_[which].id) && lines[i].find(' ') == std::string::npos) kept.push_back(std::move(commits[i]));
    co_return kept;
  }

  // Parts grow, because each rev-list begins at the top again.
  asio::awaitable<Result<std::string>> walk(std::vector<std::string> place) {
    for (std::size_t skip = 0, part = 2'000;; skip += part, part *= 4) {
      late_ = late_ || (walked_ > 0 && Clock::now() >= end_);
      if (late_) break;
      std::vector<std::string> list = {"rev-list", fmt::format("--max-count={}", part), fmt::format("--skip={}", skip)};
      list.insert(list.end(), place.begin(), place.end());
      list.push_back("--");
      auto listed = co_await git(std::move(list));
      if (!listed) co_return listed.error();
      if (listed->timed_out) late_ = true;
      auto commits = listed->out.empty() ? std::vector<std::string>{} : split_lines(listed->out);
      const std::size_t count = commits.size();
      for (std::size_t which = 0; which < blobs_.size() && !commits.empty(); ++which) {
        auto kept = co_await having(std::move(commits), which);
        if (!kept) co_return kept.error();
        commits = std::move(*kept);
      }
      walked_ += count;
      if (!commits.empty()) co_return commits.front();
      if (count < part) break;
    }
    co_return std::string();
  }

  std::filesystem::path repository_;
  std::vector<PreimageBlob> blobs_;
  std::stop_token stop_;
  Clock::time_point end_;
  bool late_ = false;
  std::size_t walked_ = 0;
};

}  // namespace

asio::awaitable<Result<BlobSearch>> find_commit_with_blobs(std::filesystem::path repository, std::string tip,
                                                           std::vector<PreimageBlob> blobs, std::stop_token stop,
                                                           std::chrono::seconds limit) {
  std::erase_if(blobs, [](const PreimageBlob& blob) { return blob.path.find('\n') != std::string::npos; });
  if (blobs.empty()) {
    BlobSearch none;
    none.why = "the diff names no blobs (no \"index\" lines)";
    co_return none;
  }
  Search search(std::move(repository), std::move(blobs), stop, limit);
  co_return co_await search.run(std::move(tip));
}

}  // namespace klab
