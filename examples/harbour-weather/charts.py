"""The pictures of the dashboard, each from a table of three-hourly observations."""

import altair as alt
import pandas as pd

MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
COMPASS = ['N', 'NNE', 'NE', 'ENE', 'E', 'ESE', 'SE', 'SSE', 'S', 'SSW', 'SW', 'WSW', 'W', 'WNW', 'NW', 'NNW']
BREEZES = ['calm', 'gentle', 'fresh', 'strong', 'gale']
LIMITS = [0, 3.4, 8.0, 10.8, 17.2, 99]  # m/s, after Beaufort
BREEZE_COLORS = ['#b8e0dc', '#6cc3cf', '#2a93b8', '#275f9e', '#5b2f7d']
WARM, COOL = '#e2703a', '#2a93b8'


def by_day(table: pd.DataFrame) -> pd.DataFrame:
    days = (
        table.groupby(table['time'].dt.normalize())
        .agg(
            low=('temperature', 'min'), mean=('temperature', 'mean'), high=('temperature', 'max'), rain=('rain', 'sum')
        )
        .reset_index()
    )
    days['smooth'] = days['mean'].rolling(9, center=True, min_periods=1).mean()
    return days


def over_days(table: pd.DataFrame, labels: bool = True) -> alt.Chart:
    return alt.Chart(by_day(table)).encode(
        x=alt.X('time:T', title=None, axis=alt.Axis(format='%b', tickCount='month', grid=False, labels=labels)),
        tooltip=[
            alt.Tooltip('time:T', title='Day', format='%-d %B'),
            alt.Tooltip('low:Q', title='Coldest °C', format='.1f'),
            alt.Tooltip('high:Q', title='Warmest °C', format='.1f'),
            alt.Tooltip('rain:Q', title='Rain mm', format='.1f'),
        ],
    )


def warmth(table: pd.DataFrame) -> alt.LayerChart:
    """From the coldest to the warmest of each day, and the mean as a line."""
    band = (
        over_days(table, labels=False)
        .mark_rule(strokeWidth=2.2, strokeCap='round')
        .encode(
            y=alt.Y('low:Q', title=None, axis=alt.Axis(labelExpr="datum.label + '°'", minExtent=46)),
            y2='high:Q',
            color=alt.Color(
                'mean:Q',
                legend=None,
                scale=alt.Scale(domain=[0, 7, 14, 22], range=['#3d6fb4', '#58b5c4', '#f1b44c', '#df5a3a']),
            ),
        )
    )
    line = (
        over_days(table, labels=False).mark_line(strokeWidth=2, interpolate='monotone', color=WARM).encode(y='smooth:Q')
    )
    return (band + line).properties(height=228, width='container')


def rain(table: pd.DataFrame) -> alt.Chart:
    return (
        over_days(table)
        .mark_rule(strokeWidth=2.2, color=COOL)
        .encode(
            y=alt.Y('rain:Q', title=None, axis=alt.Axis(tickCount=3, labelExpr="datum.label + ' mm'", minExtent=46)),
            y2=alt.datum(0),
        )
        .properties(height=112, width='container')
    )


def rose(table: pd.DataFrame) -> alt.LayerChart:
    """From where the wind blows, how often, how hard."""
    sector = ((table['direction'] + 11.25) // 22.5).astype(int) % 16
    breeze = pd.cut(table['wind'], LIMITS, labels=BREEZES, right=False)
    share = (
        table.assign(sector=sector, breeze=breeze)
        .groupby(['sector', 'breeze'], observed=False)
        .size()
        .rename('count')
        .reset_index()
    )
    share['share'] = share['count'] / max(1, len(table))
    share['from'] = share['sector'].map(COMPASS.__getitem__)
    share['order'] = share['breeze'].cat.codes
    share = share.sort_values(['sector', 'order'])
    share['outer'] = share.groupby('sector')['share'].cumsum()
    share['inner'] = share['outer'] - share['share']
    share['start'] = (share['sector'] * 22.5 - 10.2) * 3.14159265 / 180
    share['end'] = (share['sector'] * 22.5 + 10.2) * 3.14159265 / 180
    most = float(share['outer'].max())
    radius = alt.Scale(type='sqrt', domain=[0, most], range=[0, 122])
    petals = (
        alt.Chart(share)
        .mark_arc(stroke=None)
        .encode(
            theta=alt.Theta('start:Q', scale=None),
            theta2='end:Q',
            radius=alt.Radius('outer:Q', scale=radius),
            radius2='inner:Q',
            color=alt.Color(
                'breeze:N',
                sort=BREEZES,
                scale=alt.Scale(domain=BREEZES, range=BREEZE_COLORS),
                legend=alt.Legend(orient='bottom', title=None, columns=5, symbolType='square'),
            ),
            tooltip=[
                alt.Tooltip('from:N', title='From'),
                alt.Tooltip('breeze:N', title='Wind'),
                alt.Tooltip('share:Q', title='Of the time', format='.1%'),
            ],
        )
    )
    names = pd.DataFrame(
        {'name': ['N', 'E', 'S', 'W'], 'theta': [0, 1.5707963, 3.14159265, 4.71238898], 'radius': [136] * 4}
    )
    letters = (
        alt.Chart(names)
        .mark_text(fontSize=13, fontWeight=600, color='#7d929a')
        .encode(
            theta=alt.Theta('theta:Q', scale=None),
            radius=alt.Radius('radius:Q', scale=None),
            text='name:N',
        )
    )
    return (petals + letters).resolve_scale(radius='independent').properties(height=352, width='container')


def clock(table: pd.DataFrame, unit: str, factor: float) -> alt.Chart:
    """Mean wind of each hour of each month: when to go out."""
    mean = (
        table.assign(month=table['time'].dt.month, hour=table['time'].dt.hour).groupby(['month', 'hour'])['wind'].mean()
        * factor
    ).reset_index()
    mean['month'] = mean['month'].map(lambda month: MONTHS[month - 1])
    mean['hour'] = mean['hour'].map('{:02d}:00'.format)
    return (
        alt.Chart(mean)
        .mark_rect(cornerRadius=3)
        .encode(
            x=alt.X(
                'month:O', sort=MONTHS, title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(paddingInner=0.06)
            ),
            y=alt.Y('hour:O', title=None, scale=alt.Scale(paddingInner=0.08)),
            color=alt.Color(
                'wind:Q',
                scale=alt.Scale(range=BREEZE_COLORS),
                legend=alt.Legend(title=unit, orient='bottom', gradientLength=200),
            ),
            tooltip=[
                alt.Tooltip('month:O', title='Month'),
                alt.Tooltip('hour:O', title='Hour'),
                alt.Tooltip('wind:Q', title=f'Wind {unit}', format='.1f'),
            ],
        )
        .properties(height=270, width='container')
    )


def harbours(table: pd.DataFrame, chosen: str) -> alt.LayerChart:
    """Waves of all harbours, week by week; the chosen one stands out."""
    weeks = table.groupby(['harbour', pd.Grouper(key='time', freq='W')])['waves'].max().reset_index()
    base = alt.Chart(weeks).encode(
        x=alt.X('time:T', title=None, axis=alt.Axis(format='%b', tickCount='month', grid=False)),
        y=alt.Y('waves:Q', title='Highest waves, m'),
    )
    here = alt.datum.harbour == chosen
    return (
        base.transform_filter(~here)
        .mark_line(strokeWidth=1.5, opacity=0.5, color='#8aa0a8', interpolate='monotone')
        .encode(detail='harbour:N', tooltip=['harbour:N', alt.Tooltip('waves:Q', title='Waves m')])
        + base.transform_filter(here).mark_area(opacity=0.22, color=COOL, interpolate='monotone')
        + base.transform_filter(here)
        .mark_line(strokeWidth=2.5, color=COOL, interpolate='monotone')
        .encode(
            tooltip=[
                'harbour:N',
                alt.Tooltip('time:T', title='Week to', format='%-d %B'),
                alt.Tooltip('waves:Q', title='Waves m'),
            ]
        )
    ).properties(height=270, width='container')
