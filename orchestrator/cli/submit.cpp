// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/submit.hpp"

#include <istream>
#include <iterator>
#include <ostream>

#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "cli/watch.hpp"
#include "config/experiment_file.hpp"
#include "intake/gather.hpp"
#include "intake/read_series.hpp"
#include "model/experiment_json.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace fs = std::filesystem;
namespace {

// Standard input is read at most once, and only when it was asked for.
std::string standard_input(Streams& streams, const std::vector<std::string>& arguments) {
  if (std::find(arguments.begin(), arguments.end(), "-") == arguments.end()) return {};
  return {std::istreambuf_iterator<char>(streams.in), {}};
}

// `chosen`: the user has named the version, and needs no hint that he could.
std::string series_summary(const Series& series, bool chosen) {
  std::string out =
      fmt::format("series \"{}\", version {}, {} patch{}", printable(series.title), series.version,
                  series.patches.size(), series.patches.size() == 1 ? "" : "es");
  if (!series.author.empty()) out += ", by " + printable(series.author);
  out += '\n';
  if (series.versions.size() > 1 && !chosen)
    out += fmt::format("versions {} are here; --version chooses another than the newest\n", fmt::join(series.versions, ", "));
  for (const auto& aside : series.left_aside)
    out += fmt::format("left aside \"{}\": {}\n", printable(aside.what), printable(aside.why));
  return out;
}

// A series that does not read is the series' fault, not the command line's.
Result<Series> read_early(const std::vector<RawSource>& sources, std::optional<int> version,
                                 std::optional<PatchRange> range) {
  IntakeOptions options;
  options.version = version;
  options.range = range;
  auto reading = read_series(sources, options);
  if (reading || reading.error().kind != ErrorKind::input) return reading;
  Error error = reading.error();
  error.kind = ErrorKind::failed;
  return error;
}

int send(Streams& streams, Client& client, const ExperimentRequest& request, bool wait, bool json) {
  auto reply = client.post("/api/experiments", encode_request(request));
  if (!reply) return fail(streams, reply.error());
  auto answer = parse_object(*reply);
  if (!answer) return fail(streams, answer.error());
  const auto id = integer(*answer, "id");
  if (json)
    streams.out << boost::json::serialize(*answer) << '\n';
  else
    streams.out << fmt::format("experiment {}: {}\n", id, text(*answer, "title"));
  streams.out.flush();
  if (wait) return watch(streams, client, id, json);
  if (!json)
    streams.out << fmt::format("klab watch {0} follows it, klab show {0} tells everything about it\n", id);
  return exit_same_or_better;
}

}  // namespace

int submit(Streams& streams, Client& client, const SubmitOptions& options) {
  std::vector<RawSource> sources;
  if (!options.sources.empty() && !options.aa) {
    auto gathered = gather(options.sources, standard_input(streams, options.sources), options.repository);
    if (!gathered) return fail(streams, gathered.error());
    sources = std::move(*gathered);
  }
  auto request = submit_request(options, sources);
  if (!request) return fail(streams, request.error());
  for (const auto& series : request->series) {
    const auto range = options.patches.empty() ? std::nullopt : request->arms[1].patches;
    auto reading = read_early(sources, series.version, range);
    if (!reading) return fail(streams, reading.error());
    (options.json ? streams.err : streams.out) << series_summary(*reading, series.version.has_value());
    if (!options.every_prefix) continue;
    request = submit_request(options, sources, static_cast<int>(reading->patches.size()));
    if (!request) return fail(streams, request.error());
    break;
  }
  return send(streams, client, *request, options.wait, options.json);
}

int run_file(Streams& streams, Client& client, const fs::path& file, bool wait, bool json) {
  auto content = read_file(file);
  if (!content) return fail(streams, content.error());
  auto experiment = parse_experiment_file(*content, file.string());
  if (!experiment) return fail(streams, experiment.error());
  const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");

  auto& request = experiment->request;
  for (std::size_t i = 0; i < request.series.size(); ++i) {
    std::vector<std::string> arguments;
    for (const auto& source : experiment->sources[i]) {
      if (source == "-")
        return fail(
            streams,
            input_error("cannot use \"{}\": series.{}.sources: an experiment file cannot name standard input",
                        file.string(), request.series[i].name));
      std::error_code ignored;
      const auto path = directory / source;
      // What is no file there may be a git range.
      arguments.push_back(fs::exists(path, ignored) ? path.string() : source);
    }
    auto sources = gather(arguments, {}, directory);
    if (!sources) return fail(streams, sources.error());
    auto reading = read_early(*sources, request.series[i].version, std::nullopt);
    if (!reading) return fail(streams, reading.error());
    (json ? streams.err : streams.out) << series_summary(*reading, request.series[i].version.has_value());
    for (auto& source : *sources) request.series[i].sources.push_back({source.name, std::move(source.bytes)});
  }
  return send(streams, client, request, wait, json);
}

}  // namespace klab::cli
