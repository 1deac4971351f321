// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_LIVE_SESSION_HPP
#define ASSENT_EXAMPLES_HOT_ADD_LIVE_SESSION_HPP

#include "beliefs_check.hpp"
#include "drivers.hpp"
#include "live_machine.hpp"
#include "live_source.hpp"
#include "live_source_report.hpp"
#include "timeline.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

namespace hot_add {

/// From messages of the kernel to calls of the three drivers. A socket is anything with
/// `receive(milliseconds)`, so that a test can play the kernel.
///
/// Threads  one thread.
class live_session {
public:
    live_session(std::ostream& out, sysfs_reader reader) : out_(out), log_(out), source_(std::move(reader)) {}

    /// Makes a partition of what sysfs shows, and loads the drivers. Open the socket before.
    ///
    /// @return  empty, or the reason why it cannot be done.
    [[nodiscard]] std::string start() {
        if (std::string reason = source_.start(); !reason.empty()) return reason;
        const unit_sets& present = source_.believed();
        machine_.emplace(present, possible_processors(source_.reader(), present), log_);

        log_.legend();
        log_.heading("This computer as it is: " + counted(present.processors.size(), "processor") + " and " +
                     counted(present.memory_blocks.size(), "memory block") + " online");
        log_.fold(true);
        percpu_ = load(machine_->partition(), log_, "percpu", percpu_DriverEntry);
        adjust_ = load(machine_->partition(), log_, "adjust", adjust_DriverEntry);
        latecomer_ = load(machine_->partition(), log_, "latecomer", latecomer_DriverEntry);
        log_.fold(false);
        if (percpu_ == nullptr || adjust_ == nullptr || latecomer_ == nullptr)
            return "a driver could not be loaded";

        log_.heading("What the kernel says from now on");
        log_.say("host",
                 "the DDI knows no removal of processors: one that goes offline stays counted, and its "
                 "interface goes");
        log_.say("host", "listens");
        return {};
    }

    /// Takes the next message and does what follows from it. Call it in a loop.
    template <class Socket> void step(Socket& socket, std::chrono::milliseconds timeout) {
        for (const change& what : source_.next(socket, timeout)) machine_->apply(what);
        if (const std::uint64_t now = losses(); now != std::exchange(reported_, now)) {
            log_.say("host", "lost something: " + source_.last_problem() + "; sysfs will be read again");
        }
    }

    /// Takes what still waits, compares beliefs and truth, and unloads the drivers.
    ///
    /// @return  whether every driver believes what is true and could be unloaded.
    template <class Socket> [[nodiscard]] bool finish(Socket& socket) {
        const truth is = settle_with_sysfs(socket);
        log_.heading("What each driver believes, and what sysfs says");
        beliefs_check check(out_);
        check_percpu(check, is);
        check_adjust(check, is);
        check_latecomer(check, is);
        check.conclude();
        out_ << describe(source_.counts()) << '\n';

        log_.heading("The drivers are unloaded");
        bool unloaded = true;
        for (auto* const d : {latecomer_, adjust_, percpu_}) {
            unloaded = unload(machine_->partition(), log_, *d) && unloaded;
        }
        return check.all_agree() && unloaded;
    }

    [[nodiscard]] const live_machine& machine() const noexcept { return *machine_; } ///< after start()
    [[nodiscard]] const live_source& source() const noexcept { return source_; }

private:
    [[nodiscard]] std::uint64_t losses() const noexcept {
        const live_counts& c = source_.counts();
        return c.malformed + c.truncated + c.overruns + c.errors + c.failed_rereads;
    }

    /// Takes messages until none waits. The kernel changes its files before it tells of it, so a difference
    /// between them and what was told gets a moment to go away before it counts.
    template <class Socket> [[nodiscard]] truth settle_with_sysfs(Socket& socket) {
        truth is = truth_of(machine_->partition());
        for (const int milliseconds : {0, 100, 400}) {
            std::uint64_t before = 0;
            do {
                before = source_.counts().received;
                step(socket, std::chrono::milliseconds(milliseconds));
            } while (source_.counts().received != before);
            const sysfs_reading now = source_.reader().read();
            if (!now) log_.say("host", now.error);
            is.processors = truth_of(machine_->partition()).processors;
            is.processor_interfaces = now.units.processors.size();
            is.memory_interfaces = now.units.memory_blocks.size();
            if (now && now.units == source_.believed()) break;
        }
        return is;
    }

    std::ostream& out_;
    timeline log_;
    live_source source_;
    std::uint64_t reported_ = 0;
    std::optional<live_machine> machine_;
    assent::windows::driver* percpu_ = nullptr;
    assent::windows::driver* adjust_ = nullptr;
    assent::windows::driver* latecomer_ = nullptr;
};

} // namespace hot_add

#endif
