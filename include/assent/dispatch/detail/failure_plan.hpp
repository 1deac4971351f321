// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_FAILURE_PLAN_HPP
#define ASSENT_DISPATCH_DETAIL_FAILURE_PLAN_HPP

#include <assent/config.hpp>
#include <assent/dispatch/detail/protocol_log.hpp>
#include <assent/dispatch/exploration.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace assent::inline ASSENT_ABI::detail {

/// Which point of a scenario fails, and how; the points are counted as they come. Outlives the scenario's
/// participants, who may be destroyed after it.
struct failure_plan {
    /// A prepare or an action.
    struct step {
        std::string name;
        bool is_action;
    };

    /// The next point of the scenario: is it the one?
    bool fails_here(const std::string& name, bool is_action) {
        steps.push_back({name, is_action});
        return how != failure::none && steps.size() - 1 == at;
    }

    void raise() {
        thrown = true;
        ASSENT_THROW(injected());
    }

    std::size_t at;
    failure how;
    protocol_log log{};
    std::vector<step> steps{};
    bool thrown = false; ///< the exception that is injected, in the present transaction

private:
    struct injected {};
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
