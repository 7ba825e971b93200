// SPDX-License-Identifier: GPL-3.0-or-later
// klabd: makes the parts, joins them, and waits for a signal.
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/netboot_server.hpp"
#include "api/server.hpp"
#include "daemon/crew.hpp"
#include "daemon/logging.hpp"
#include "daemon/state_lock.hpp"
#include "machine/dnsmasq.hpp"
#include "machine/ipmi/console_line.hpp"
#include "machine/ipmi/ipmi_machine.hpp"
#include "machine/libvirt/libvirt_machine.hpp"
#include "machine/supervisor.hpp"
#include "schedule/trend_watch.hpp"
#include "util/cgroup.hpp"
#include "util/fd.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace klab;

// For Type=notify: whoever waits for the service to start waits until it answers, and is told when it does not.
void tell_service_manager(std::string_view state) {
  const char* name = std::getenv("NOTIFY_SOCKET");
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (name == nullptr || std::strlen(name) >= sizeof to.sun_path) return;
  std::strcpy(to.sun_path, name);
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(name));
  ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), length);
}

int complain(const Error& error) {
  spdlog::error("{}", error.message);
  for (const auto& line : split_lines(error.tail)) spdlog::error("{}", line);
  return error.kind == ErrorKind::input ? 64 : 3;
}

// Directories of the state, without what only a running daemon needs.
Result<void> prepare_state(const Config& config) {
  for (const auto& directory : {config.state, config.cache, config.state / "logs", config.state / "run", config.state / "boots",
                                config.socket.parent_path()})
    if (auto made = make_directories(directory); !made) return made;
  std::error_code ignored;
  for (const auto* transient : {"logs", "run"})
    for (const auto& entry : fs::directory_iterator(config.state / transient, ignored)) fs::remove_all(entry.path(), ignored);
  return {};
}

// The libvirt connections and the machines on them: one connection per URI, however many machines. And the
// hosts, with where they find their kernels.
struct Machines {
  Machines(asio::any_io_executor executor, const Config& config) {
    if (!config.hosts.empty()) sol_engine = std::make_unique<SolEngine>();
    LibvirtSettings settings;
    settings.embed_root = config.state / "libvirt";
    settings.run_directory = config.state / "run";
    settings.lab = config.state.string();
    for (const auto& [name, spec] : config.machines) {
      if (spec.driver == "ipmi") {
        machines[name] = make_ipmi_machine(executor, spec, config.hosts.at(name), IpmiLab{board, config.netboot, time});
        continue;
      }
      auto& connection = connections[spec.uri];
      if (!connection) connection = make_libvirt_connection(executor, spec.uri, settings);
      machines[name] = make_libvirt_machine(spec, connection);
    }
  }
  std::map<std::string, std::shared_ptr<LibvirtConnection>> connections;
  NetbootBoard board;
  RealTime time;
  std::unique_ptr<SolEngine> sol_engine;
  std::map<std::string, std::unique_ptr<Machine>> machines;
};

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Everything that lives as long as the daemon, in the order in which it may be destroyed (last first).
struct Daemon {
  Daemon(asio::io_context& reactor, const Config& configuration, Database& writer)
      : config(configuration),
        experiments(writer),
        builds(writer),
        boots(writer),
        hosts(writer),
        nights(writer),
        trends(writer),
        trees(config.cache),
        builder(builder_options(config), trees),
        runtime(reactor.get_executor()),
        machines(reactor.get_executor(), config),
        bell(reactor.get_executor()),
        lab{config, experiments, builds, boots, hosts, nights, trends, trees, builder, machines.machines, workers, bell, now},
        board(reactor.get_executor()),
        queue(lab, board, reactor.get_executor()),
        nightly(lab, queue, reactor.get_executor()),
        trend_watch(lab, queue),
        notifier(lab, writer),
        gc(lab, writer),
        crew(reactor.get_executor(), bell),
        routes(lab, board, queue, &nightly, Upkeep{&writer, &notifier, &gc}),
        server(reactor.get_executor(), routes, config),
        netboot(reactor.get_executor(), machines.board, config.netboot.listen),
        signals(reactor, SIGTERM, SIGINT, SIGHUP) {}

  // One coroutine from start to end, so that the end has an order: the work first, then those who
  // watch it, then the connections underneath.
  asio::awaitable<int> run() {
    for (auto& [uri, connection] : machines.connections) co_await end_former_life(connection);
    if (auto started = server.start(); !started) co_return complain(started.error());
    if (!config.netboot.listen.empty())
      if (auto started = netboot.start(); !started) co_return complain(started.error());
    if (config.netboot.dnsmasq) {
      auto dnsmasq = keep_dnsmasq(config.netboot, config.hosts, config.state, stop.get_token());
      asio::co_spawn(signals.get_executor(), std::move(dnsmasq), [](std::exception_ptr) {});
    }
    signals.async_wait([this](boost::system::error_code error, int signal) {
      if (error) return;
      spdlog::info("signal {}: stopping", signal);
      tell_service_manager("STOPPING=1");
      stop.request_stop();
    });
    spdlog::info("klabd {}: socket {}{}{}", KLAB_VERSION, config.socket.string(), config.pages.empty() ? "" : ", pages on http://",
                 config.pages);
    tell_service_manager("READY=1");
    auto token = stop.get_token();
    crew.add("nights", nightly.run(token), stop);
    crew.add("trends", trend_watch.run(token), stop);
    crew.add("notifications", notifier.run(token), stop);
    crew.add("gc", gc.run([this] { return queue.leases().local_is_measured() && lab.room.waiting == 0; }, token), stop);
    auto ended = co_await queue.run(token);
    stop.request_stop();
    auto joined = co_await crew.joined();
    if (ended) ended = joined;
    signals.cancel();
    board.release_all();
    server.stop();
    netboot.stop();
    for (auto& [uri, connection] : machines.connections) co_await close_libvirt_connection(connection);
    runtime.stop();
    if (!ended) co_return complain(ended.error());
    co_return 0;
  }

  const Config& config;
  asio::thread_pool workers{1};
  ExperimentStore experiments;
  BuildStore builds;
  BootStore boots;
  HostStore hosts;
  NightStore nights;
  TrendStore trends;
  TreeStore trees;
  KernelBuilder builder;
  LibvirtRuntime runtime;
  Machines machines;
  Bell bell;
  Lab lab;
  ProgressBoard board;
  Queue queue;
  Nights nightly;
  TrendWatch trend_watch;
  Notifier notifier;
  Gc gc;
  Crew crew;
  Routes routes;
  Server server;
  NetbootServer netboot;
  asio::signal_set signals;
  std::stop_source stop;
};

// Whom the socket does not answer, the files do not tell either. Guests of another user pass through the directory.
void close_state(const Config& config) {
  if (config.access != SocketAccess::nobody) return;
  const auto allow = [](const fs::path& path, fs::perms perms) {
    std::error_code error;
    fs::permissions(path, perms, error);
    if (error && error != std::errc::no_such_file_or_directory)
      spdlog::warn("cannot keep others out of \"{}\": {}", path.string(), error.message());
  };
  allow(config.state, fs::perms(0711));
  allow(config.state / "logs", fs::perms(0700));
  // SQLite gives what stands beside it the mode of the database.
  for (const char* beside : {"", "-wal", "-shm"}) allow(config.database().string() + beside, fs::perms(0600));
}

int run_daemon(const Config& config) {
  if (auto prepared = make_directories(config.state); !prepared) return complain(prepared.error());
  auto lock = lock_state(config.state);
  if (!lock) return complain(lock.error());
  if (auto prepared = prepare_state(config); !prepared) return complain(prepared.error());
  close_state(config);
  const auto mask = ::umask(config.access == SocketAccess::nobody ? 0077 : 0022);
  auto database = Database::open(config.database());
  ::umask(mask);
  if (!database) return complain(database.error());
  // Now, when there are few processes that have to move for it.
  if (const auto place = find_cgroup_place("/", ::geteuid() == 0, true); place.parent.empty())
    spdlog::warn("builds run without control groups, so their memory and processes are only watched: {}; klab doctor names a remedy", place.why);

  asio::io_context reactor(1);
  Daemon daemon(reactor, config, *database);
  int status = 3;
  auto job = daemon.run();
  asio::co_spawn(reactor, std::move(job), [&](std::exception_ptr thrown, int result) {
    status = result;
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      spdlog::critical("cannot go on: {}", e.what());
      status = 3;
    }
    // Connections that have nothing more to say may still hold the reactor.
    auto grace = std::make_shared<asio::steady_timer>(reactor, std::chrono::milliseconds(200));
    grace->async_wait([&reactor, grace](boost::system::error_code) { reactor.stop(); });
  });
  reactor.run();
  spdlog::info("klabd: ended");
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"klabd: the daemon of klab, a performance lab for the Linux kernel"};
  std::string config_path;
  app.add_option("--config", config_path, "configuration file");
  std::string log_format;
  app.add_option("--log-format", log_format, "text, json or journal (default: journal under systemd, else text)")
      ->check(CLI::IsMember(std::vector<std::string>{"text", "json", "journal"}));
  app.set_version_flag("--version", KLAB_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 64;
  }
  // What a drop-in grants for dnsmasq is not for builds and guests; bubblewrap would not even start with it.
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  run_supervised();
  // The worker holds passwords of BMCs; libraries keep copies of them that nobody can wipe. A user who is not
  // root would lose /proc/self with it.
  ::prctl(PR_SET_DUMPABLE, ::getuid() == 0 ? 0 : 1);
  ::umask(022);
  set_up_logging(log_format.empty() ? usual_log_format() : *log_format_from_name(log_format));
  const auto config = load_config(config_path, config_environment());
  if (!config) return complain(config.error());
  return run_daemon(*config);
}
