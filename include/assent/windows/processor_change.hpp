// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PROCESSOR_CHANGE_HPP
#define ASSENT_WINDOWS_PROCESSOR_CHANGE_HPP

#include <assent/config.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/windows/ddk/assent_ddk/processor.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/callback_scope.hpp>
#include <assent/windows/driver.hpp>
#include <assent/windows/notification_routine.hpp>
#include <assent/windows/observer.hpp>

#include <atomic>
#include <string>

namespace assent::windows {

/// A processor that is being added, or was.
struct processor {
    ULONG index = 0;
    PROCESSOR_NUMBER number{};

    friend bool operator==(const processor& a, const processor& b) noexcept { return a.index == b.index; }
};

/// Hot-add of processors as a two-phase category: Start is its prepare, Complete its commit, Failure its abort.
struct processor_change {
    using event_type = processor;
    using status_type = NTSTATUS;
    using instance_type = processor;
    static processor arrival(const processor& p) noexcept { return p; }
    static processor removal(const processor& p) noexcept { return p; }

    /// W52: after a refusal the rest still gets Start, then everybody gets Failure, the refuser included.
    static constexpr transaction_rules rules{abort_audience::with_refuser, abort_order::forward,
                                             after_refusal::ask_rest, withdrawn_participant::silent};
    /// W55: a refused replay stops, and tells Failure for those that had their Start, except the refused one.
    static constexpr transaction_rules replay_rules{abort_audience::prepared, abort_order::forward,
                                                    after_refusal::stop, withdrawn_participant::silent};
};

/// A driver's routine as a participant: one callable that receives the phase.
class processor_receiver {
public:
    processor_receiver(PPROCESSOR_CALLBACK_FUNCTION routine, PVOID context, const running_code& owner,
                       partition_observer* observer, const std::atomic<NTSTATUS*>& shared) noexcept
        : routine_(routine), context_(context), owner_(owner), observer_(observer), shared_(&shared) {}

    /// W51, W56. Every call gets a structure and a status variable of its own (W52, W58), so that no receiver
    /// can change what the next one sees.
    NTSTATUS operator()(const phase_notice<NTSTATUS>& notice, const processor& added) noexcept {
        KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT change{};
        change.State = state_of(notice.which);
        change.NtNumber = added.index;
        change.ProcNumber = added.number;
        const NTSTATUS told = told_status(notice);
        change.Status = told;
        // W52: not null while an addition is asked about with one variable for all; whoever asks looks at it then.
        NTSTATUS* const shared =
            notice.which == phase::prepare ? shared_->load(std::memory_order_relaxed) : nullptr;
        NTSTATUS answer = shared != nullptr ? *shared : STATUS_SUCCESS;
        {
            const callback_scope scope(owner_, observer_, "processor change", name_of(notice.which));
            shown_structure shown(change, scope, observer_ != nullptr);
            routine_(context_, shown.get(), &answer);
            if (notice.which != phase::prepare && answer != STATUS_SUCCESS)
                scope.report(57, "wrote *OperationStatus outside Start");
        }
        if (observer_ != nullptr) {
            const std::string subject = "processor " + std::to_string(added.index);
            observer_->called({owner_.who, "processor change", name_of(notice.which), subject, told, answer});
        }
        if (shared != nullptr) {
            *shared = answer;
            return STATUS_SUCCESS;
        }
        // W57: it counts in Start only, and only as an error.
        return notice.which == phase::prepare && !NT_SUCCESS(answer) ? answer : STATUS_SUCCESS;
    }

private:
    static KE_PROCESSOR_CHANGE_NOTIFY_STATE state_of(phase p) noexcept {
        switch (p) {
        case phase::prepare:
            return KeProcessorAddStartNotify;
        case phase::commit:
            return KeProcessorAddCompleteNotify;
        default:
            return KeProcessorAddFailureNotify;
        }
    }
    static const char* name_of(phase p) noexcept {
        switch (p) {
        case phase::prepare:
            return "Start";
        case phase::commit:
            return "Complete";
        default:
            return "Failure";
        }
    }

    PPROCESSOR_CALLBACK_FUNCTION routine_;
    PVOID context_;
    running_code owner_;
    partition_observer* observer_;
    const std::atomic<NTSTATUS*>* shared_;
};

} // namespace assent::windows

#endif
