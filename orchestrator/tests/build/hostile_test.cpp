// SPDX-License-Identifier: GPL-3.0-or-later
// Series that attack the host, through the same KernelBuilder that every kernel takes.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "build/listing.hpp"
#include "build/usage.hpp"
#include "tests/build/laboratory.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMiB = 1u << 20;

// The error of a series that runs `script`, without the part that names the build.
Error attack(Laboratory& lab, const std::string& script) {
  auto built = lab.build({lab.hostile(script)});
  REQUIRE_FALSE(built);
  Error error = built.error();
  const std::string start = "cannot build \"fake " + lab.base.substr(0, 12) + " + 1 patch\": ";
  REQUIRE(error.message.substr(0, start.size()) == start);
  error.message.erase(0, start.size());
  CHECK(lab.building_is_empty());
  return error;
}

// Processes of any sandbox of this laboratory; looked for once, because nothing may be left at all.
std::string left_over(const Laboratory& lab) {
  return shell("grep -ls '" + lab.directory.path().string() + "' /proc/[0-9]*/mountinfo || true", "/");
}

// The most threads that the host came to.
class Peak {
 public:
  ~Peak() { end(); }
  unsigned end() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    return most_;
  }

 private:
  std::atomic<bool> done_ = false;
  unsigned most_ = host_threads();
  std::thread thread_{[this] {
    while (!done_) {
      most_ = std::max(most_, host_threads());
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }};
};

struct Listener {
  explicit Listener(const std::string& name, std::size_t length)
      : fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), address.sun_path);
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length)) == 0);
    REQUIRE(::listen(fd.get(), 8) == 0);
  }
  bool reached() const { return UniqueFd(::accept(fd.get(), nullptr, nullptr)).get() >= 0; }
  UniqueFd fd;
};

}  // namespace

TEST_CASE("a build that eats memory ends at its limit, and says which") {
  Laboratory lab;
  lab.limits.memory = 128 * kMiB;
  const std::string limit =
      "the build used more than 128 MiB of memory: raise memory under [build] in klab.toml if this kernel "
      "needs more";
  std::string script;
  bool exact = true;
  SECTION("in one process") {
    script = "head -c 400M /dev/zero | tail -c 300M | wc -c; exit 1", exact = false;
  }
  SECTION("in many, each of them modest") {
    script = "for i in 1 2 3 4 5 6 7 8; do perl -e '$x = \"a\" x 40_000_000; sleep 100' & done; wait";
  }
  SECTION("in files of memory that belong to no process") {
    script =
        "perl -e 'for my $i (1..6) { my $n = \"f$i\"; my $fd = syscall(319, $n, 0); open(my $f, \">&=\", "
        "$fd); "
        "push @keep, $f; for (1..40) { syswrite($f, \"a\" x 1_000_000) } } sleep 100'";
  }
  const Error error = attack(lab, script);
  CHECK(error.kind == ErrorKind::failed);
  if (exact)
    CHECK(error.message == limit);
  else
    CHECK(error.message.substr(0, limit.size()) == limit);
  CHECK(left_over(lab).empty());
}

TEST_CASE("a build that forks without end is ended") {
  Laboratory lab;
  lab.limits.processes = 150;
  const unsigned before = host_threads();
  Peak peak;
  const Error error = attack(lab, GENERATE("bomb() { bomb & bomb & sleep 100; }; bomb; sleep 100",
                                           "exec python3 -c 'import threading, time\nfor i in range(1000): "
                                           "threading.Thread(target=time.sleep, args=(100,)).start()'"));
  CHECK(error.kind == ErrorKind::failed);
  const std::string limit =
      "the build ran more than 150 processes at once: raise processes under [build] in klab.toml if "
      "this kernel needs more";
  CHECK(error.message.substr(0, limit.size()) == limit);
  CHECK(left_over(lab).empty());
  // Looked at from the reactor, it came to 8,000 on a quiet host and to every pid there is on a busy one.
  CHECK(peak.end() < before + 4000);
}

TEST_CASE("a build that fills the disk ends at its limit") {
  Laboratory lab;
  lab.limits.disk = 32 * kMiB;
  const std::string script =
      GENERATE("while :; do i=$((i+1)); head -c 4M /dev/zero > file$i; done",
               "for i in 1 2 3 4 5 6 7 8 9; do head -c 4M /dev/zero > /klab/out/file$i; done");
  const Error error = attack(lab, script);
  CHECK(error.kind == ErrorKind::failed);
  CHECK(error.message ==
        "the build wrote more than 32 MiB to disk: raise disk under [build] in klab.toml if this kernel "
        "needs more");
}

TEST_CASE("other ways to eat the disk") {
  Laboratory lab;
  SECTION("one file") {
    lab.limits.disk = 32 * kMiB;
    const Error error = attack(lab, "dd if=/dev/zero of=big bs=1M count=100");
    CHECK(error.kind == ErrorKind::failed);
    CHECK(error.message ==
          "the build wrote more than 32 MiB to disk: raise disk under [build] in klab.toml if this kernel "
          "needs more");
  }
  SECTION("the sandbox's own /tmp, which is no disk that is full") {
    lab.limits.memory = 512 * kMiB;
    const Error error = attack(lab, "head -c 300M /dev/zero > /tmp/big");
    CHECK(error.kind == ErrorKind::failed);
    CHECK(error.message.find(
              "No space left on device; the build filled its own /tmp, or a file system of its own") !=
          std::string::npos);
  }
  SECTION("a claim that the disk is full") {
    const Error error = attack(lab, "echo 'ld: final link failed: No space left on device'; exit 1");
    CHECK(error.kind == ErrorKind::failed);
  }
  SECTION("shared memory") {
    CHECK(attack(lab, "head -c 100M /dev/zero > /dev/shm/big").kind == ErrorKind::failed);
  }
  SECTION("the log") {
    lab.limits.log = kMiB;
    const Error error = attack(lab, "yes");
    CHECK(error.kind == ErrorKind::failed);
    CHECK(error.message == "the build printed more than 1 MiB");
    CHECK(error.tail.substr(0, 4) == "y\ny\n");
    CHECK(lab.log.size() == kMiB);
  }
  SECTION("directories without end") {
    const Error error = attack(
        lab,
        "while mkdir d 2>/dev/null && cd d 2>/dev/null; do i=$((i+1)); [ $i = 400 ] && break; done; true");
    CHECK(error.kind == ErrorKind::failed);
    CHECK(error.message == "the build made more than 2000000 files, or directories nested deeper than 200");
  }
}

TEST_CASE("a build that speaks like the sandbox is not taken for it") {
  Laboratory lab;
  const Error error = attack(lab, "echo 'bwrap: no room for a new namespace'; kill -9 $PPID");
  CHECK(error.kind == ErrorKind::failed);
  CHECK(error.message == "exit status 137");
  CHECK(error.tail.find("bwrap: no room for a new namespace") == 0);
  CHECK(count(lab.log, "the sandbox stands") == 0);
}

TEST_CASE("nothing that a build starts outlives it") {
  Laboratory lab;
  const std::string daemonise =
      "for i in 1 2 3; do setsid sh -c 'exec </dev/null >/dev/null 2>&1; trap \"\" TERM HUP INT; "
      "while :; do echo x >> alive; done' & done; ";
  SECTION("when it succeeds") {
    CHECK(lab.build({lab.hostile(daemonise + "true")}));
    CHECK(left_over(lab).empty());
  }
  SECTION("when it takes too long") {
    REQUIRE(lab.build({}));
    lab.limits.time = std::chrono::seconds(3);
    attack(lab, daemonise + "sleep 100");
    CHECK(left_over(lab).empty());
  }
}

TEST_CASE("a build reaches no socket of the host") {
  Laboratory lab;
  const std::string path = (lab.directory.path() / "klabd.sock").string();
  const Listener daemon(path, path.size() + 1);
  const std::string abstract = std::string(1, '\0') + "klab-test-" + std::to_string(::getpid());
  const Listener hidden(abstract, abstract.size());
  const std::string script = "perl -e 'use Socket; for my $n (\"" + path + "\", \"\\0" + abstract.substr(1) +
                             "\") { socket(my $s, AF_UNIX, SOCK_STREAM, 0); print connect($s, "
                             "pack_sockaddr_un($n)) ? \"in\\n\" : \"out\\n\"; } "
                             "socket(my $t, AF_INET, SOCK_STREAM, 0); print connect($t, pack_sockaddr_in(53, "
                             "inet_aton(\"9.9.9.9\"))) ? \"in\\n\" : "
                             "\"net: $!\\n\"'";
  REQUIRE(lab.build({lab.hostile(script)}));
  CHECK(count(lab.log, "out\n") == 2);
  CHECK(count(lab.log, "net: Network is unreachable\n") == 1);
  CHECK_FALSE(daemon.reached());
  CHECK_FALSE(hidden.reached());
}

TEST_CASE("a build sees neither the host's files nor the daemon's secrets") {
  Laboratory lab;
  ::setenv("KLAB_TEST_SECRET", "hidden", 1);
  const UniqueFd inherited(::dup(2));  // without O_CLOEXEC, as a careless library leaves it
  write(lab.cache / "kernels/other/bzImage", "other\n");
  const std::string script =
      "cat '" + (lab.cache / "kernels/other/bzImage").string() +
      "'; env; ls -A /klab /run /home /root /var /sys 2>&1; echo fds $(ls /proc/self/fd | wc -l); "
      "echo tty $(cut -d' ' -f7 /proc/self/stat); [ -w /proc/sys/kernel/core_pattern ] && echo writable; "
      "true";
  REQUIRE(lab.build({lab.hostile(script)}));
  ::unsetenv("KLAB_TEST_SECRET");
  CHECK(count(lab.log, "other\n") == 0);
  CHECK(count(lab.log, "hidden") == 0);
  CHECK(count(lab.log, "writable") == 0);
  CHECK(count(lab.log, "DBUS") == 0);
  CHECK(count(lab.log, "/klab:\nin\nlinux\nout\n") == 1);
  for (const char* place : {"/run", "/home", "/root", "/var", "/sys"})
    CHECK(count(lab.log, std::string("ls: cannot access '") + place + "'") == 1);
  CHECK(count(lab.log, "fds 4\n") == 1);  // three, and ls's own
  CHECK(count(lab.log, "tty 0\n") == 1);
}

TEST_CASE("a build cannot change what others build on") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  auto base = lab.build({});
  REQUIRE(base);
  const auto listing = [&](const char* part) { return *listing_hash(lab.cache / part); };
  const std::string sources = listing("sources"), layers = listing("layers"), kernels = listing("kernels");
  auto built = lab.build({lab.hostile(
      "rm -rf kernel/* Kconfig /klab/in /usr/share/doc/make /klab/out/*; echo x > kernel/a.c; exit 1")});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::failed);
  CHECK(listing("sources") == sources);
  CHECK(listing("layers") == layers);
  CHECK(listing("kernels") == kernels);
  auto again = lab.build({});
  REQUIRE(again);
  CHECK(again->from_cache);
}

TEST_CASE("what a hostile build leaves among its results is refused") {
  struct Case {
    const char* script;
    const char* message;
  };
  const Case c =
      GENERATE(Case{"ln -s /etc/shadow /klab/out/System.map.old",
                    "cannot keep \"System.map.old\": the build made it no regular file"},
               Case{"mkfifo /klab/out/pipe", "cannot keep \"pipe\": the build made it no regular file"},
               Case{"truncate -s 1G /klab/out/sparse", "cannot keep \"sparse\": it is nearly all hole"},
               Case{"head -c 5M /dev/zero >> .config", "cannot use the build's \"config\": it is too large"},
               Case{"mkdir /klab/out/manifest.json",
                    "cannot keep \"manifest.json\": the build made it no regular file"},
               Case{"mkdir -p /klab/out/build.log/x; echo x > \"/klab/out/$(printf '\\033[2Jx')\"",
                    "cannot keep \"\uFFFD[2Jx\": its name is not printable"});
  Laboratory lab;
  auto built = lab.build({lab.hostile(c.script)});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::failed);
  CHECK(built.error().message == c.message);
  CHECK(lab.building_is_empty());
}

TEST_CASE("a path in the tree that nobody can use is the build's failure, not the laboratory's") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  auto built = lab.build({lab.hostile("perl -e '$n = \"x\" x 200; for (1..25) { mkdir $n; chdir $n or die }'")});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::failed);
  CHECK(built.error().message == "cannot keep \"" + std::string(80, 'x') + "...\": its path is longer than 3000 bytes");
  CHECK(lab.building_is_empty());
}

// At the very end, when all results are there: the last of them is a pipe, which ends after that.
TEST_CASE("a build that locks the directories it was given keeps nobody out") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  const fs::path evil = lab.directory.path() / "evil.sh";
  write(evil,
        "mkfifo kernel/last.ko\n"
        "{ exec 3> kernel/last.ko; head -c 1M /dev/zero >&3; chmod 555 /klab/out /klab/linux; } > /dev/null 2>&1 &\n");
  const std::string edit =
      "sed -i -e 's/^bzImage:/bzImage: evil/' "
      "-e 's|echo kernel/in_tree.o|echo kernel/in_tree.o kernel/last.o \\| tr \" \" \"\\\\n\"|' Makefile && "
      "printf 'evil:\\n\\t@sh evil.sh\\n' >> Makefile && cp '" + evil.string() + "' evil.sh";
  auto built = lab.build({lab.patch("lock", edit)});
  REQUIRE(built);
  CHECK(built->in_tree_modules.count("last") == 1);
  CHECK(lab.building_is_empty());
}

TEST_CASE("an image that is a link is not followed") {
  Laboratory lab;
  const Error error = attack(lab, "ln -s /etc/shadow /klab/out/bzImage");
  CHECK(error.kind == ErrorKind::failed);
  CHECK_FALSE(fs::exists(lab.cache / "kernels" / "bzImage"));
}

TEST_CASE("what Kconfig runs, runs in the sandbox too") {
  Laboratory lab;
  lab.fragments = {{"fast", "CONFIG_FASTER=y\n"}};
  const std::string out = (lab.directory.path() / "pwned").string();
  auto built = lab.build({lab.patch(
      "shell", "echo 'x := $(shell,id -u > /tmp/u; cat /tmp/u >&2; echo x > " + out + ")' >> Kconfig")});
  REQUIRE_FALSE(built);
  CHECK(built.error().message.find("cannot configure \"FASTER\" (kconfig fast)") == 0);
  CHECK_FALSE(fs::exists(out));
}

TEST_CASE("why a symbol is unmet is not answered by modules that lie in the tree") {
  Laboratory lab;
  lab.fragments = {{"fast", "CONFIG_FASTER=y\n"}};
  auto built = lab.build({lab.patch(
      "modules", "echo 'print(\"FASTER\\tbecause I say so\"); raise SystemExit' | tee kconfiglib.py re.py > subprocess.py")});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::input);
  CHECK(built.error().message == "cannot configure \"FASTER\" (kconfig fast): asked for y, got n; unmet: FAST (n)");
}

TEST_CASE("nothing of a series runs or counts while it is applied") {
  Laboratory lab;
  const std::string ran = (lab.directory.path() / "ran").string();
  const std::string evil = "#!/bin/sh\\ntouch " + ran + "\\ncat\\n";
  const std::string script =
      "printf '* filter=evil ident export-subst working-tree-encoding=UTF-16 text eol=crlf merge=evil "
      "diff=evil\\n' > "
      ".gitattributes; printf '[filter \"evil\"]\\n\\tsmudge = touch " +
      ran + "\\n\\tclean = touch " + ran + "\\n[core]\\n\\tfsmonitor = touch " + ran +
      "\\n\\thooksPath = hooks\\n' > .gitconfig; cp .gitconfig config; "
      "printf '[submodule \"x\"]\\n\\tpath = kernel\\n\\turl = ext::sh -c touch%% " +
      ran +
      "\\n' > .gitmodules; mkdir hooks; "
      "for h in applypatch-msg pre-applypatch post-applypatch post-checkout post-index-change pre-commit; do "
      "printf '" +
      evil + "' > hooks/$h; chmod +x hooks/$h; done; printf '$Id$ $Format:%%H$\\n' > kernel/b.c";
  Patch patch = lab.patch("plain", "true; git config core.attributesFile /dev/null; echo plain > kernel/b.c");
  // git would act on the attributes while the patch is made; what counts is what arrives by mail.
  const std::string author = (lab.directory.path() / "author").string();
  shell("cp -r '" + lab.user.string() + "' '" + author + "' && cd '" + author + "' && " + script +
            "; printf '* -text -eol -ident -filter -working-tree-encoding\\n' > .git/info/attributes; git "
            "add -f -A && "
            "git commit -q -m evil",
        "/");
  patch.mail = shell("git format-patch -1 --stdout", author);
  auto built = lab.build({patch});
  REQUIRE(built);
  CHECK(content(built->kernel) == std::string("a\n$Id$ $Format:%H$\nc\n") + kConfig);
  CHECK_FALSE(fs::exists(ran));
}

TEST_CASE("a patch does not write through a link that an earlier one made") {
  Laboratory lab;
  const fs::path outside = lab.directory.path() / "outside";
  fs::create_directories(outside);
  const Patch link = lab.patch("link", "ln -s '" + outside.string() + "' kernel/link", 1);
  Patch through = make_patch(lab.user, lab.directory.path() / "author-through", "through",
                             "mkdir kernel/link && echo evil > kernel/link/evil.c", 2);
  auto built = lab.build({link, through});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::failed);
  CHECK(built.error().message.find("cannot apply \"2/2 through\"") == 0);
  CHECK(fs::is_empty(outside));
}
