// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PROCESSOR_ADDITIONS_HPP
#define ASSENT_WINDOWS_PROCESSOR_ADDITIONS_HPP

#include <assent/config.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/windows/ddk/assent_ddk/processor.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/driver.hpp>
#include <assent/windows/entry_maker.hpp>
#include <assent/windows/partition_options.hpp>
#include <assent/windows/processor_change.hpp>
#include <assent/windows/processor_table.hpp>

#include <atomic>
#include <optional>

namespace assent::windows {

/// What became of adding a processor.
struct addition {
    NTSTATUS status; ///< a success, the first refusal's status, or that of the failed start
    ULONG index;     ///< meaningful after a success
};

/// The processors of a partition as something that grows, and those who are told.
class processor_additions {
public:
    processor_additions(const partition_options& options, partition& home)
        : options_(options), home_(home), table_(options.maximum_processors) {}

    const processor_table& table() const noexcept { return table_; }

    /// A processor that runs from the beginning: nobody listens yet, it becomes part of what exists.
    std::optional<processor> install(ULONG number) {
        const auto installed = table_.install(number);
        if (installed) changes_.announce_arrival(*installed);
        return installed;
    }

    /// Start to every callback, then start(index), then Complete, or Failure, to every one; see partition.
    template <class Start> addition add(Start& start, const std::optional<ULONG>& number) {
        if (changes_.inside_callback()) return {STATUS_POSSIBLE_DEADLOCK, 0};
        if (const NTSTATUS status = table_.reserve(number); !NT_SUCCESS(status)) return {status, 0};
        struct reservation {
            processor_table& in;
            const std::optional<ULONG>& number;
            std::optional<processor_table::attempt> begun;
            ~reservation() { in.release(number, begun); }
        } reserved{table_, number, {}};
        NTSTATUS shared = STATUS_SUCCESS;
        const auto outcome = changes_.transact_arrival(
            [&] {
                // relaxed, here and below: read on this thread only, inside this transaction
                if (options_.answers.shares_operation_status)
                    shared_status_.store(&shared, std::memory_order_relaxed);
                return reserved.begun.emplace(table_.begin(number)).what;
            },
            [&]() -> NTSTATUS {
                shared_status_.store(nullptr, std::memory_order_relaxed);
                if (!NT_SUCCESS(shared)) return shared; // W52
                const NTSTATUS status = start(reserved.begun->what.index);
                if (NT_SUCCESS(status)) table_.started(*reserved.begun);
                return status;
            },
            {.rules = options_.answers.processor_addition, .budget = {}});
        if (outcome.result() == verdict::would_deadlock) return {STATUS_POSSIBLE_DEADLOCK, 0};
        if (!outcome) return {outcome.status().value_or(STATUS_UNSUCCESSFUL), 0};
        return {STATUS_SUCCESS, reserved.begun->what.index};
    }

    /// Null: refused in its replay, waiting for it would never end, or no memory.
    PVOID register_change(entry_table& entries, PPROCESSOR_CALLBACK_FUNCTION routine, PVOID context,
                          bool with_existing) {
        const running_code owner(driver::running(), &home_);
        entry_maker made(entries, {entry_kind::processor_change, owner.who, context, "processor change"});
        if (!made) return nullptr;
        const bool keep = options_.answers.keeps_callback_that_refused_replay;
        const auto replayed =
            changes_.on_into([&](registration&& r) { made.publish(std::move(r), with_existing); },
                             {.replay = with_existing, .stay_if_refused = keep},
                             processor_receiver(routine, context, owner, options_.observer, shared_status_));
        if (!made.published()) return nullptr;
        return replayed || keep ? made.keep() : nullptr; // W55
    }

private:
    const partition_options& options_;
    partition& home_;
    std::atomic<NTSTATUS*> shared_status_{nullptr}; ///< W52: while an addition is asked about
    processor_table table_;
    dispatcher<processor_change> changes_;
};

} // namespace assent::windows

#endif
