// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_PROBE_HPP
#define ASSENT_DISPATCH_DETAIL_PROBE_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/status.hpp>
#include <assent/dispatch/detail/failure_plan.hpp>
#include <assent/dispatch/participant.hpp>
#include <assent/dispatch/phase.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// Stands between a dispatcher and a participant: notes what the participant is told and answers, and fails in its
/// place where the plan says so.
template <class C, class Stored> class probe {
public:
    using event_type = event_type_of<C>;
    using status_type = typename C::status_type;

    probe(std::shared_ptr<failure_plan> plan, std::size_t who, const status_type& refusal, Stored stored)
        : plan_(std::move(plan)), who_(who), refusal_(refusal), stored_(std::move(stored)) {}
    probe(probe&& other) = default;
    probe& operator=(probe&&) = delete;
    ~probe() {
        if (plan_ != nullptr) plan_->log.participants[who_].gone = true;
    }

    status_type prepare(const event_type& e) {
        log().enter(who_);
        if (plan_->fails_here(log().participants[who_].name, false)) {
            log().say(who_, told::refused);
            if (plan_->how == failure::exception) plan_->raise();
            return refusal_;
        }
        status_type answer = status_traits<status_type>::agreed();
        ASSENT_TRY { call({phase::prepare, &e, &answer, nullptr}); }
        ASSENT_CATCH_ALL {
            log().say(who_, told::refused);
            ASSENT_RETHROW;
        }
        log().say(who_, status_traits<status_type>::agrees(answer) ? told::agreed : told::refused);
        return answer;
    }
    void commit(const event_type& e) noexcept {
        log().enter(who_);
        log().say(who_, told::commit);
        call({phase::commit, &e, nullptr, nullptr});
    }
    void abort(const event_type& e, const abort_reason<status_type>& reason) noexcept {
        log().enter(who_);
        log().say(who_, reason.cause == abort_cause::withdrawn ? told::abort_withdrawn : told::abort);
        call({phase::abort, &e, nullptr, &reason});
    }

private:
    protocol_log& log() noexcept { return plan_->log; }
    void call(const phase_call& c) { participant_shape<C>::invoke(stored_, &c); }

    std::shared_ptr<failure_plan> plan_;
    std::size_t who_;
    status_type refusal_;
    Stored stored_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
