// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "util/file.hpp"

namespace klab::cli::test {

struct Answer {
  int status = 200;
  std::string body;
  std::string exit_code;  // X-Klab-Exit, unless empty
};

// Plays klabd on a unix socket in a thread of its own: answers "METHOD target" with what was prepared, in
// order, the last answer again and again. What was not prepared is 404. Ends with the object.
class Responder {
 public:
  explicit Responder(std::map<std::string, std::vector<Answer>> answers)
      : answers_(std::move(answers)),
        directory_(TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-cli-").value()),
        acceptor_(io_, {(directory_.path() / "s").string()}),
        thread_([this] { serve(); }) {}
  ~Responder() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    boost::asio::io_context io;
    boost::asio::local::stream_protocol::socket wake(io);
    boost::system::error_code ignored;
    wake.connect({socket().string()}, ignored);
    thread_.join();
  }

  std::filesystem::path socket() const { return directory_.path() / "s"; }
  std::filesystem::path directory() const { return directory_.path(); }
  // "METHOD target", and the bodies of the POSTs.
  std::vector<std::string> asked() {
    std::lock_guard lock(mutex_);
    return asked_;
  }
  std::vector<std::string> bodies() {
    std::lock_guard lock(mutex_);
    return bodies_;
  }

 private:
  void serve() {
    namespace http = boost::beast::http;
    for (;;) {
      boost::asio::local::stream_protocol::socket stream(io_);
      boost::system::error_code ec;
      acceptor_.accept(stream, ec);
      {
        std::lock_guard lock(mutex_);
        if (ending_ || ec) return;
      }
      boost::beast::flat_buffer buffer;
      http::request<http::string_body> request;
      http::read(stream, buffer, request, ec);
      if (ec) continue;
      const auto answer = answer_to(request);
      http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
      if (!answer.exit_code.empty()) response.set("X-Klab-Exit", answer.exit_code);
      response.body() = answer.body;
      response.keep_alive(false);
      response.prepare_payload();
      http::write(stream, response, ec);
    }
  }
  template <class Request>
  Answer answer_to(const Request& request) {
    std::lock_guard lock(mutex_);
    const auto what = std::string(request.method_string()) + " " + std::string(request.target());
    asked_.push_back(what);
    if (request.method() == boost::beast::http::verb::post) bodies_.push_back(request.body());
    const auto found = answers_.find(what);
    if (found == answers_.end()) return {404, R"({"error":"cannot find that","tail":"","kind":"input"})", ""};
    const Answer answer = found->second.front();
    if (found->second.size() > 1) found->second.erase(found->second.begin());
    return answer;
  }

  std::map<std::string, std::vector<Answer>> answers_;
  TemporaryDirectory directory_;
  boost::asio::io_context io_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::mutex mutex_;
  bool ending_ = false;
  std::vector<std::string> asked_;
  std::vector<std::string> bodies_;
  std::thread thread_;
};

}  // namespace klab::cli::test
