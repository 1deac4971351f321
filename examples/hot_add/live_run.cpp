// SPDX-License-Identifier: BSL-1.0
#include "live_run.hpp"

#include "live_session.hpp"
#include "uevent_socket.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <string>
#include <utility>

namespace hot_add {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not lock");

extern "C" void interrupt(int signal_number) {
    interrupted = true;
    static_cast<void>(std::signal(signal_number, SIG_DFL)); // the second one ends the program at once
}

} // namespace

int run_live(std::ostream& out, std::ostream& errors, std::optional<std::chrono::duration<double>> length) {
    using clock = std::chrono::steady_clock;
    using std::chrono::milliseconds;
    // Before sysfs is read: what changes in between must not be missed.
    uevent_socket::open_result opened = uevent_socket::open();
    if (!opened.socket) {
        errors << "hot_add: " << opened.reason << '\n';
        return 2;
    }
    static_cast<void>(std::signal(SIGINT, interrupt));
    static_cast<void>(std::signal(SIGTERM, interrupt));
    live_session session(out, sysfs_reader());
    if (const std::string reason = session.start(); !reason.empty()) {
        errors << "hot_add: " << reason << '\n';
        return 2;
    }
    // A signal may come between the question and the wait, or to another thread: so a wait is short.
    constexpr milliseconds at_most(200);
    const auto begin = clock::now();
    while (!interrupted) {
        milliseconds wait = at_most;
        if (length) {
            const std::chrono::duration<double> left = *length - (clock::now() - begin);
            if (left.count() <= 0) break;
            if (left < at_most) wait = std::chrono::ceil<milliseconds>(left);
        }
        session.step(*opened.socket, wait);
    }
    return session.finish(*opened.socket) ? 0 : 1;
}

} // namespace hot_add
