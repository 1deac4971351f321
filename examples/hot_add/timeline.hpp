// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_TIMELINE_HPP
#define ASSENT_EXAMPLES_HOT_ADD_TIMELINE_HPP

#include "names.hpp"

#include <assent/windows/driver.hpp>
#include <assent/windows/observer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hot_add {

/// Gives the calling thread a name for the timeline; threads without one show as "worker".
class named_thread {
public:
    explicit named_thread(const char* name) : before_(std::exchange(current_, name)) {}
    named_thread(const named_thread&) = delete;
    named_thread& operator=(const named_thread&) = delete;
    ~named_thread() { current_ = before_; }

    [[nodiscard]] static const char* current() noexcept { return current_; }

private:
    static inline thread_local const char* current_ = "worker";
    const char* before_;
};

/// Prints what happens, one line each: what the host does, and below it, indented, every call of a driver.
/// Threads  everything; lines are printed whole and in the order of their times.
class timeline : public assent::windows::partition_observer {
public:
    explicit timeline(std::ostream& out) : out_(out) {}

    /// Explains the columns.
    void legend() {
        const std::lock_guard guard(lock_);
        out_ << "   seconds  " << column("thread", 7) << "  "
             << driver_columns("driver", "callback", "told", "about", "returned") << '\n';
    }

    void heading(std::string_view title) {
        const std::lock_guard guard(lock_);
        out_ << "\n--- " << title << '\n' << std::flush;
    }

    /// A line of its own for whoever is not a driver: say("host", "adds a processor").
    void say(std::string_view who, std::string_view what) {
        const std::lock_guard guard(lock_);
        print_folded();
        out_ << time_and_thread() << who << ": " << what << '\n' << std::flush;
    }

    void called(const assent::windows::callback_call& call) noexcept override {
        const std::lock_guard guard(lock_);
        const short_subject about = shorten(call.subject);
        folded line{std::string(call.callee == nullptr ? "-" : call.callee->name()),
                    std::string(call.routine),
                    std::string(call.event),
                    about.kind,
                    name_of_status(call.answer),
                    1};
        if (!NT_SUCCESS(call.told)) line.answer += " (told of " + name_of_status(call.told) + ")";
        if (folding_) {
            fold_in(std::move(line));
        } else {
            print(line, about.text);
        }
    }

    /// While it is on, calls that differ only in the processor or module make one line, printed before the next
    /// thing that is said: a machine has hundreds of memory blocks.
    void fold(bool on) {
        const std::lock_guard guard(lock_);
        print_folded();
        folding_ = on;
    }

private:
    struct folded {
        std::string driver, routine, event, kind, answer;
        std::size_t count;
    };

    void print(const folded& line, std::string_view about) {
        out_ << time_and_thread() << "  "
             << driver_columns(line.driver, line.routine, line.event, about, line.answer) << '\n'
             << std::flush;
    }

    void print_folded() {
        for (const folded& line : folded_) print(line, counted(line.count, line.kind));
        folded_.clear();
    }

    void fold_in(folded added) {
        for (folded& f : folded_) {
            if (f.driver == added.driver && f.routine == added.routine && f.event == added.event &&
                f.kind == added.kind && f.answer == added.answer) {
                ++f.count;
                return;
            }
        }
        folded_.push_back(std::move(added));
    }

    static std::string column(std::string_view text, std::size_t width) {
        std::string padded(text);
        if (padded.size() < width) padded.append(width - padded.size(), ' ');
        return padded;
    }

    static std::string driver_columns(std::string_view driver, std::string_view routine,
                                      std::string_view event, std::string_view about,
                                      std::string_view returned) {
        return column(driver, 11) + column(routine, 18) + column(event, 10) + column(about, 30) +
               std::string(returned);
    }

    std::string time_and_thread() const {
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
        char text[64];
        static_cast<void>(
            std::snprintf(text, sizeof text, "%10.6f  %-7s", passed.count(), named_thread::current()));
        return text;
    }

    std::mutex lock_;
    std::ostream& out_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    bool folding_ = false;
    std::vector<folded> folded_;
};

} // namespace hot_add

#endif
