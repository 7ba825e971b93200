// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <stop_token>
#include <string>

#include "machine/frame_assembly.hpp"
#include "machine/ipmi/console_frames.hpp"
#include "machine/ipmi/host_console.hpp"
#include "machine/ipmi/power.hpp"
#include "machine/machine.hpp"
#include "machine/netboot.hpp"
#include "util/first_few.hpp"

namespace klab {

// One boot of a host: off, console, boot device, on, until the host is off again, has come for a second
// kernel, or is stopped. Reactor thread; its coroutines hold it. What it is given outlives it.
class HostBoot : public NetbootEvents, public HostConsoleEvents, public std::enable_shared_from_this<HostBoot> {
 public:
  struct Means {
    boost::asio::any_io_executor executor;
    const HostSpec& host;
    HostPower& power;
    NetbootBoard& board;
    Timekeeper& time;
    HostConsole::MakeLine make_line;
  };
  HostBoot(Means means, std::string token, NetbootOffer offer, BootEvents& events);

  void begin();
  // Ends everything but the power; ended() has been called when it resumes.
  boost::asio::awaitable<void> finish();

  // It was switched on, or may have been.
  bool powered() const { return powered_; }

  void script_asked(const std::string& peer) override;
  void file_progress(std::string_view name, std::uint64_t sent, std::uint64_t size, bool whole) override;
  Result<std::uint64_t> results_posted(std::string_view body) override;
  void refused(const std::string& why) override;
  void console_bytes(std::string_view bytes) override;
  void console_note(std::string text) override;
  void console_down(bool down) override;

 private:
  boost::asio::awaitable<Result<void>> bring_up();
  boost::asio::awaitable<Result<void>> wait_until_loaded();
  boost::asio::awaitable<void> watch_power();
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> read_console();
  boost::asio::awaitable<void> answer_frames();
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
  std::string how_far() const;
  void is_loaded();
  void take_frames(const std::vector<std::string>& lines);
  void watch_words(std::string_view text);
  void note(std::string text);
  void note_refusal(const std::string& why);
  void end(PowerEnd end, std::string detail);
  template <class Job>
  void spawn(Job job, bool& done);

  Means means_;
  std::string token_;
  NetbootOffer offer_;
  BootEvents* events_;  // null once ended() has been called
  HostConsole console_;
  ConsoleFrames console_frames_;
  FrameAssembly frames_;
  FirstFew scripts_, refusals_;
  std::stop_source stop_;     // the boot is over
  std::stop_source arrived_;  // it is on, whatever its BMC says
  boost::asio::steady_timer changed_;  // never expires by itself
  boost::asio::steady_timer answer_due_;  // likewise
  struct File {
    std::uint64_t sent = 0, size = 0;
    bool whole = false;
  } kernel_, initramfs_;
  std::string recent_;  // end of the console, for words that come in two parts
  std::string peer_;
  std::string refusal_;  // of a request, the latest
  bool loaded_ = false, rebooted_ = false, kernel_seen_ = false, going_down_ = false, results_seen_ = false;
  bool powered_ = false, bmc_said_on_ = false;
  bool run_done_ = false, console_done_ = true, answers_done_ = true;
  bool answer_is_due_ = false;
  bool frames_on_console_ = false;
  int damaged_ = 0;
  int offs_ = 0;  // readings of "off" in a row
};

}  // namespace klab
