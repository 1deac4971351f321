// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_JOINT_OUTCOME_HPP
#define ASSENT_DISPATCH_JOINT_OUTCOME_HPP

#include <assent/config.hpp>
#include <assent/dispatch/outcome.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// What became of a transaction over several dispatchers: of the whole, and how each part saw it. The parts'
/// participants answer with statuses of their own types, so a status is asked for at its part.
template <class... Status> class [[nodiscard("a transaction may have been refused")]] joint_outcome {
public:
    static constexpr std::size_t parts = sizeof...(Status);

    /// The same for all parts, and no part refused.
    // NOLINTNEXTLINE(google-explicit-constructor): an outcome is a verdict
    joint_outcome(verdict v) : verdict_(v), parts_(outcome<Status>(v)...) {}
    /// @param refusing  number of the part that refused; `parts` if none did
    joint_outcome(verdict v, std::size_t refusing, outcome<Status>... each)
        : verdict_(v), refusing_(refusing), parts_(std::move(each)...) {}

    verdict result() const noexcept { return verdict_; }
    explicit operator bool() const noexcept { return verdict_ == verdict::committed; }

    /// The number of the part, from 0 in the order given, of which a participant refused first; `parts` if none did.
    std::size_t refusing_part() const noexcept { return refusing_; }
    /// The name under which that participant was registered.
    std::string_view refuser() const noexcept {
        std::string_view name;
        std::apply(
            [&](const auto&... each) { ((name = each.refuser().empty() ? name : each.refuser()), ...); },
            parts_);
        return name;
    }

    /// How the part in place I, from 0, saw it: the verdict is that of the whole; the status is there if it was one of
    /// its participants that refused, or if the action failed with a status of the part's own type.
    template <std::size_t I> const auto& part() const noexcept { return std::get<I>(parts_); }

private:
    verdict verdict_;
    std::size_t refusing_ = parts;
    std::tuple<outcome<Status>...> parts_;
};

} // namespace assent::inline ASSENT_ABI

#endif
