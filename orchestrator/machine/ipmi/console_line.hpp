// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>

#include "model/host.hpp"
#include "util/result.hpp"

namespace klab {

// A way to a host's serial console, once: opened, read to its end, closed. Reactor thread. Errors of kind
// input are the configuration's.
class ConsoleLine {
 public:
  virtual ~ConsoleLine() = default;
  // Resumes when what the host says would come through.
  virtual boost::asio::awaitable<Result<void>> open() = 0;
  // At least one byte; an error says why nothing more comes.
  virtual boost::asio::awaitable<Result<std::string>> read() = 0;
  virtual boost::asio::awaitable<Result<void>> write(std::string bytes) = 0;
  virtual void close() = 0;  // ends a read() under way
};

// As configured. `speed` is the serial line's, in bauds. `workers` takes what blocks and outlives the line.
std::unique_ptr<ConsoleLine> make_console_line(boost::asio::any_io_executor executor, const HostSpec& host, int speed,
                                               boost::asio::thread_pool& workers);
std::unique_ptr<ConsoleLine> make_sol_line(boost::asio::any_io_executor executor, const HostSpec& host,
                                           boost::asio::thread_pool& workers);

// libipmiconsole's engine, one per process; to be made before the first SOL line and to outlive all of them.
class SolEngine {
 public:
  SolEngine();
  ~SolEngine();  // waits until every session has been closed
  SolEngine(const SolEngine&) = delete;
  SolEngine& operator=(const SolEngine&) = delete;
};

// Takes the telnet protocol's own bytes out of what a console server sends, and answers them: every option
// is declined, which leaves the plain line.
class TelnetFilter {
 public:
  std::string take(std::string_view bytes);           // what the host said
  std::string answer() { return std::exchange(answer_, {}); }  // to be sent back
 private:
  enum class State { text, command, option, sub, sub_command } state_ = State::text;
  unsigned char verb_ = 0;
  std::string answer_;
};

}  // namespace klab
