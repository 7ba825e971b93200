// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/app.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>
#include <ostream>

#include "cli/client.hpp"
#include "cli/completion.hpp"
#include "cli/dial.hpp"
#include "cli/doctor.hpp"
#include "cli/exit_codes.hpp"
#include "cli/export_command.hpp"
#include "cli/host_command.hpp"
#include "cli/inspect.hpp"
#include "cli/matrix_command.hpp"
#include "cli/offline_commands.hpp"
#include "cli/report_command.hpp"
#include "cli/submit.hpp"
#include "cli/trend_command.hpp"
#include "cli/upkeep_command.hpp"
#include "cli/watch.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace {

constexpr const char* exit_statuses = R"(Exit status:
  0   same or better; or the command did what it was asked for
  1   regression
  2   a series does not read, does not apply, or its kernel does not build, boot or finish the workload
  3   lab error, or insufficient data
  64  usage: a command line, a configuration or a name that cannot be used)";

// One command line. Options are members because CLI11 writes through references until run() is over.
class App : private CommandSet {
 public:
  App(Streams& streams, const ConfigEnvironment& environment)
      : CommandSet(app_, action_, streams), environment_(environment), offline_(app_, action_, streams) {
    app_.name("klab");
    app_.footer(exit_statuses);
    app_.set_version_flag("--version", "klab " KLAB_VERSION);
    app_.add_option("--config", config_, "configuration file (default: $KLAB_CONFIG, then klab/klab.toml)")
        ->type_name("FILE");
    app_.add_option("--socket", socket_, "klabd's socket, instead of the configured one")->type_name("PATH");
    app_.add_option("--host", remote_, "a klabd elsewhere, ssh://[user@]host[:port][/path/of/klabd.sock] (default: $KLAB_HOST)")
        ->type_name("URL");
    app_.require_subcommand(1, 1);
    app_.fallthrough();
    add_submit();
    add_run();
    add_inspection();
    add_logs();
    add_report();
    add_host();
    add_export();
    add_matrix();
    add_trends();
    add_upkeep();
    offline_.add();
    add_doctor();
    add_completion();
    add_dial();
  }

  int run(std::vector<std::string> arguments) {
    split_empty_value(arguments, "--cmdline");
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::Success& e) {  // --help, --version
      return app_.exit(e, streams_.out, streams_.err);
    } catch (const CLI::ParseError& e) {
      std::string command = "klab";
      const CLI::App* innermost = &app_;
      while (!innermost->get_subcommands().empty()) {
        innermost = innermost->get_subcommands().front();
        command += " " + innermost->get_name();
      }
      if (const auto rest = app_.remaining(true); innermost->get_require_subcommand_min() > 0 && !rest.empty())
        return fail(streams_,
                    input_error("cannot use the command line: no command \"{}\"; {} --help tells more",
                                printable(rest.front()), command));
      // Its value was perhaps taken for an argument, and then that is what CLI11 complains of.
      for (const std::string& word : app_.remaining(true))
        if (word.size() > 1 && word.front() == '-')
          return fail(streams_, input_error("cannot use the command line: no option \"{}\"; {} --help tells more",
                                            printable(word), command));
      return fail(streams_,
                  input_error("cannot use the command line: {}; {} --help tells more", e.what(), command));
    }
    return action_();
  }

 private:
  // For the commands that ask the daemon.
  std::function<int()> with_client(std::function<int(Client&, const Config&)> use, bool asks = true) {
    return [this, use = std::move(use), asks] {
      auto config = load_config(config_, environment_);
      if (!config) return fail(streams_, config.error());
      auto remote = choose_remote(remote_, socket_, environment_.klab_host);
      if (!remote) return fail(streams_, remote.error());
      if (*remote) (*remote)->asks = asks;
      Client client = *remote ? Client(**remote) : Client(socket_.empty() ? config->socket : std::filesystem::path(socket_));
      return use(client, *config);
    };
  }
  CLI::Option* experiment_argument(CLI::App* sub) {
    return sub->add_option("N", experiment_, "experiment")->check(positive_number());
  }

  void add_submit() {
    auto* sub = command("submit", "compare a patch series with its base",
                        with_client([this](Client& client, const Config&) {
                          submit_.json = json_;
                          if (auto read = read_prefixes(); !read) return fail(streams_, read.error());
                          return submit(streams_, client, submit_);
                        }));
    sub->add_option("SERIES", submit_.sources,
                    "mbox or patch files, a directory of them, a git range A..B, or \"-\"");
    sub->add_option("--tree", submit_.tree, "kernel tree of the configuration");
    sub->add_option("--base", submit_.base,
                    "ref to apply to (default: the series' base-commit, else the tree's ref)")
        ->type_name("REF");
    sub->add_option("--patches", submit_.patches, "only these patches, such as 1-3")->type_name("RANGE");
    sub->add_option("--kconfig", submit_.kconfigs, "fragments, later ones win, such as lab,debug")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAMES");
    sub->add_option("--kconfig-base", submit_.kconfig_base, "make target that the fragments are merged over, such as tinyconfig");
    sub->add_option("--cmdline", submit_.command_line, "added to the kernel's command line (default: the configuration's; \"\": nothing)");
    sub->add_option("--machine", submit_.machines,
                    "machine of the configuration, or labels of hosts such as pool=small,arch=arm64; may be repeated, then"
                    " all arms on each")
        ->allow_extra_args(false)
        ->type_name("NAME|LABELS");
    sub->add_option("--workload", submit_.workloads,
                    "such as workqueue:profile=full,wq_items=100; may be repeated")
        ->allow_extra_args(false)
        ->type_name("W[:param=value]");
    sub->add_option("--boots", submit_.boots, "boots per arm")->check(CLI::Range(1, 100));
    sub->add_option("--seed", submit_.seed, "of the order of boots (default: random)")
        ->check(CLI::Range(std::uint64_t{1}, (std::uint64_t{1} << 53) - 1));
    sub->add_option("--delta", submit_.delta, "practical threshold as a ratio, such as 0.02")
        ->check(CLI::Range(0.0, 1.0));
    sub->add_option("--title", submit_.title, "(default: the series' own)");
    sub->add_option("--version", submit_.version, "of the series (default: the newest)")
        ->check(CLI::Range(1, 1000));
    sub->add_option("--versions", submit_.versions, "compare versions of the series, each with the one before, such as 2,3")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1, 1000))
        ->type_name("LIST");
    auto* prefixes = sub->add_option("--prefixes", prefixes_,
                                     "compare the first patches, each prefix with the one before: 3,7; or \"all\"");
    prefixes->type_name("LIST");
    sub->add_option("--repository", submit_.repository, "where a git range is looked up (default: here)")
        ->type_name("PATH");
    sub->add_flag("--profile", submit_.profile, "one more boot per arm, not measured: where its time goes");
    sub->add_flag("--confirm", submit_.confirm, "fresh boots of all arms, once, where a verdict is suggestive or near its threshold");
    sub->add_flag("--aa", submit_.aa, "compare the base with itself; takes no series");
    sub->add_flag("--wait", submit_.wait, "follow it and exit with its verdict");
    json_flag(sub);
  }

  // "all", or numbers with commas between.
  Result<void> read_prefixes() {
    submit_.every_prefix = prefixes_ == "all";
    if (submit_.every_prefix || prefixes_.empty()) return {};
    for (const auto& word : split(prefixes_, ',')) {
      int end = 0;
      const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), end);
      if (error != std::errc() || rest != word.data() + word.size())
        return input_error("cannot use the prefixes \"{}\": give ascending numbers of patches, such as 3,7, or \"all\"",
                           printable(prefixes_));
      submit_.prefixes.push_back(end);
    }
    return {};
  }

  void add_run() {
    auto* sub = command("run", "an experiment file: several arms and contrasts",
                        with_client([this](Client& client, const Config&) {
                          return run_file(streams_, client, file_, submit_.wait, json_);
                        }));
    sub->add_option("FILE", file_, "experiment.toml")->required();
    sub->add_flag("--wait", submit_.wait, "follow it and exit with its verdict");
    json_flag(sub);
  }

  void add_inspection() {
    auto* status_command = command("status", "the latest experiments", with_client([this](Client& client, const Config&) {
                                     return status(streams_, client, limit_, json_);
                                   }));
    status_command->add_option("--limit", limit_, "so many of them (default: 50)")->check(CLI::Range(1, 1000))->type_name("N");
    json_flag(status_command);
    auto* show_command = command("show", "everything about an experiment or a boot",
                                 with_client([this](Client& client, const Config&) {
                                   show_.json = json_;
                                   return show(streams_, client, show_);
                                 }));
    show_command->add_option("N", show_.experiment, "experiment")->check(positive_number());
    show_command->add_option("--boot", show_.boot, "a boot: facts, samples, summaries")
        ->type_name("BOOT")
        ->check(positive_number());
    show_command
        ->add_option("--reproduce", show_.reproduce, "a shell script with the bare QEMU command of a boot")
        ->type_name("BOOT")
        ->check(positive_number());
    json_flag(show_command);
    auto* watch_command = command("watch", "follow an experiment; Ctrl-C detaches",
                                  with_client([this](Client& client, const Config&) {
                                    return watch(streams_, client, experiment_, json_);
                                  }));
    experiment_argument(watch_command)->required();
    json_flag(watch_command);
    auto* cancel_command = command("cancel", "end an experiment; what it has measured stays",
                                   with_client([this](Client& client, const Config&) {
                                     return cancel(streams_, client, experiment_, json_);
                                   }));
    experiment_argument(cancel_command)->required();
    json_flag(cancel_command);
  }

  void add_logs() {
    auto* sub = command("logs", "build logs and consoles", with_client([this](Client& client, const Config&) {
                          logs_.json = json_;
                          return logs(streams_, client, logs_);
                        }));
    sub->add_option("N", logs_.experiment, "experiment")->required()->check(positive_number());
    sub->add_option("--arm", logs_.arm, "of this arm alone")->type_name("LABEL");
    sub->add_option("--boot", logs_.boot, "console of this boot")
        ->type_name("BOOT")
        ->check(positive_number());
    sub->add_option("--slot", logs_.slot, "consoles of this place in the order")
        ->type_name("SLOT")
        ->check(positive_number());
    sub->add_flag("--build", logs_.build, "build logs alone");
    sub->add_flag("--console", logs_.console, "consoles alone");
    sub->add_flag("--raw", logs_.raw, "bytes as they are, control characters included, even on a terminal");
    json_flag(sub);
  }

  void add_report() {
    auto* compare_command =
        command("compare", "the comparison as text; exits with the verdict",
                with_client([this](Client& client, const Config&) {
                  return compare(streams_, client, experiment_, json_);
                }));
    experiment_argument(compare_command)->required();
    json_flag(compare_command);
    auto* sub = command("report", "the comparison in a format of choice", with_client([this](Client& client, const Config& config) {
                          if (json_) report_.format = "json";
                          return report_command(streams_, client, config, report_);
                        }));
    sub->add_option("N", report_.experiment, "experiment")->check(positive_number());
    sub->add_option("--message", report_.message,
                    "instead of N: the newest experiment with this mail's series; \"-\" is a mail on standard input")
        ->type_name("MESSAGE-ID");
    sub->add_option("--output", report_.output, "file to write (default: standard output)")->type_name("FILE");
    const std::vector<std::string> formats{"text", "html", "json", "csv", "mail", "b4-check"};
    auto* format = sub->add_option("--format", report_.format, "text, html, json, csv, mail or b4-check (default: text)")
                       ->check(CLI::IsMember(formats))
                       ->type_name("FORMAT");
    sub->add_flag("--mbox", report_.mbox, "of --format mail: a draft to send, with all its headers");
    sub->add_flag("--send", report_.send, "of --format mail: send it, by the command mail.sendmail of the configuration");
    sub->add_flag("--json", json_, "the same as --format json")->excludes(format);
  }
  void add_host() {
    auto* sub = app_.add_subcommand("host", "bare-metal hosts: what they do, whose they are, whether they are well");
    sub->require_subcommand(1, 1);
    add_host_verbs(*sub, host_, [this](CLI::App* verb) {
      verb->callback([this, verb] {
        host_.verb = verb->get_name();
        action_ = with_client([this](Client& client, const Config&) {
          const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
          return host_command(streams_, client, host_, now.count());
        });
      });
    });
  }

  void add_export() {
    auto* sub = command("export", "klabd's pages as files, to be put on any web server or read from the disk",
                        with_client([this](Client& client, const Config&) {
                          export_.json = json_;
                          return export_command(streams_, client, export_);
                        }));
    add_export_options(*sub, export_);
    json_flag(sub);
  }

  void add_trends() {
    auto* trend = command("trend", "how a matrix's rows went, night by night, against the pinned reference",
                          with_client([this](Client& client, const Config&) {
                            trend_.json = json_;
                            return trend_command(streams_, client, trend_);
                          }));
    trend->add_option("MATRIX", trend_.matrix, "a matrix that has had nights")->required();
    trend->add_option("CELL", trend_.cell, "its label, or its number (default: all, in brief)");
    trend->add_option("--nights", trend_.nights, "how many of the newest nights are listed")->check(CLI::Range(0, 365));
    json_flag(trend);
    auto* sub = command("investigations", "what became of changes that nights have shown: real or not, and by which commit",
                        with_client([this](Client& client, const Config&) {
                          return investigations_command(streams_, client, experiment_, json_);
                        }));
    sub->add_option("N", experiment_, "investigation: all its steps")->check(positive_number());
    json_flag(sub);
  }

  void add_matrix() {
    auto* sub = app_.add_subcommand("matrix", "what runs at night: cells of trees, kconfigs, machines and workloads");
    sub->require_subcommand(1, 1);
    add_matrix_verbs(*sub, matrix_, [this](CLI::App* verb) {
      verb->callback([this, verb] {
        matrix_.verb = verb->get_name();
        action_ = with_client([this](Client& client, const Config& config) { return matrix_command(streams_, client, config, matrix_); });
      });
    });
  }

  void add_upkeep() {
    add_gc_options(*command("gc", "frees space: kernels and images that nothing needs any longer; never results",
                            with_client([this](Client& client, const Config&) { return gc(streams_, client, gc_); })),
                   gc_);
    add_notification_options(*command("notifications", "what was told to whom, and what could not be",
                                      with_client([this](Client& client, const Config&) { return notifications(streams_, client, notifications_); })),
                             notifications_);
  }

  void add_doctor() {
    json_flag(command("doctor", "what this machine and configuration have and lack",
                      with_client([this](Client& client, const Config& config) {
                        return doctor(streams_, client, config, this_host(), json_);
                      })));
  }

  void add_completion() {
    auto* sub = command("completion", "a script for a shell's completion; source it, or install klab's package", [this] {
      streams_.out << (shell_ == "zsh" ? zsh_completion(app_) : bash_completion(app_));
      return exit_same_or_better;
    });
    sub->add_option("SHELL", shell_, "bash or zsh")->required()->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh"}));
    // For that script, and for the manual page.
    sub = command("names", "names of one kind, one a line", with_client([this](Client& client, const Config& config) {
                    return print_names(streams_, client, config, shell_);
                  }, false));
    sub->add_option("KIND", shell_)->required();
    sub->group("");
    sub = command("manual", "sections of the manual page", [this] {
      streams_.out << manual_sections(app_);
      return exit_same_or_better;
    });
    sub->group("");
  }
  // What an ssh from elsewhere runs here; nobody types it.
  void add_dial() {
    auto* sub = command("dial", "standard input and output, joined to klabd's socket", [this] {
      auto config = load_config(config_, environment_);
      if (!config) return fail(streams_, config.error());
      return dial(socket_.empty() ? config->socket : std::filesystem::path(socket_), STDIN_FILENO, STDOUT_FILENO);
    });
    sub->group("");
  }

  const ConfigEnvironment& environment_;
  CLI::App app_{"klab: what a patch series does to the performance of the Linux kernel"};
  std::function<int()> action_;
  OfflineCommands offline_;
  std::string config_;
  std::string socket_;
  std::string remote_;
  std::string prefixes_;
  SubmitOptions submit_;
  ShowOptions show_;
  LogsOptions logs_;
  HostOptions host_;
  ExportOptions export_;
  MatrixOptions matrix_;
  TrendOptions trend_;
  std::string file_;
  std::string shell_;
  std::int64_t experiment_ = 0;
  int limit_ = 50;
  GcOptions gc_;
  NotificationOptions notifications_;
  ReportOptions report_;
};

}  // namespace

int run(const std::vector<std::string>& arguments, Streams& streams, const ConfigEnvironment& environment) {
  return App(streams, environment).run(arguments);
}

}  // namespace klab::cli
