// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_ACTIVITY_RECORDER_HPP
#define ASSENT_DISPATCH_ACTIVITY_RECORDER_HPP

#include <assent/config.hpp>
#include <assent/dispatch/activity.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace assent::inline ASSENT_ABI {

/// The beginning or the end of an activity, as it is kept.
struct recorded_activity {
    std::optional<ending> ended; ///< none: it began
    activity_kind kind;
    std::optional<phase> in_phase;
    std::string category;
    std::string name;
    std::thread::id thread;

    /// `begin prepare 'cache'`, `end prepare 'cache': refused`
    std::string print() const {
        std::string line = ended ? "end " : "begin ";
        describe(activity{kind, in_phase, category, name, nullptr},
                 [&](std::string_view piece) { line += piece; });
        if (ended) line.append(": ").append(word_for(*ended));
        return line;
    }
};

/// An observer that keeps what it sees, for tests:
///
///   assent::activity_recorder seen;
///   assent::dispatcher<saved, assent::observed_by<assent::activity_recorder>> saves(seen);
///   … ; seen.print() is one line for each beginning and each end.
///
/// Without memory the program ends: a test must not pass because something was not written down.
/// Threads  every member may be called from any thread.
class activity_recorder {
public:
    void began(const activity& a) noexcept { keep(a, std::nullopt); }
    void ended(const activity& a, ending how) noexcept { keep(a, how); }

    std::vector<recorded_activity> seen() const {
        const std::lock_guard guard(lock_);
        return seen_;
    }
    std::size_t count(activity_kind kind) const {
        std::size_t number = 0;
        for (const recorded_activity& a : seen()) number += !a.ended && a.kind == kind ? 1U : 0U;
        return number;
    }
    void clear() {
        const std::lock_guard guard(lock_);
        seen_.clear();
    }
    /// One line for each.
    std::string print() const {
        std::string text;
        for (const recorded_activity& a : seen()) text += a.print() + '\n';
        return text;
    }

private:
    void keep(const activity& a, std::optional<ending> how) {
        recorded_activity kept{how,
                               a.kind,
                               a.in_phase,
                               std::string(a.category),
                               std::string(a.name),
                               std::this_thread::get_id()};
        const std::lock_guard guard(lock_);
        seen_.push_back(std::move(kept));
    }

    mutable std::mutex lock_;
    std::vector<recorded_activity> seen_;
};

} // namespace assent::inline ASSENT_ABI

#endif
