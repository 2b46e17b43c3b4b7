# The tools are of version 0.2.0.
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --set time_step=0.02 \
    --set step_duration=0.15 --set spread=true --set speed_scale=0.13 --set turn_sd=5.759586531581287 \
    --set perimeter=0.03 --set facing_angle=1.4835298641951802 --set speed_factor=0.25 --set compound=true \
    --set turn_angle=1.5707963267948966 --set turn_rate=1 --set turn_fully=false --set advance=first \
    --ego-vel step-cos-sin --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0001 --loss softmax --momentum 0.9 --nh-bottleneck 512 --nh-lstm 128 \
      --optimizer rmsprop --precision single --schedule constant --schedule-factor 0.1 --schedule-period 0 --seed 1 \
      --velocity-inputs --velocity-noise 0,0,0 --warmup 0 --weight-decay 0.00001 --weight-decay-decoupled=false \
      --weight-decay-scope heads --steps 20000 --checkpoint network-20000.safetensors

simulate -n 4000 --skip 0 --seed 1000001 --arena square --env-size 2.2 --steps 100 --motion banino \
    --ego-vel step-cos-sin --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  activations --layers bottleneck --dropout off --decode top3 --seed 1 --batch 50 \
      --checkpoint network-20000.safetensors |
  ratemaps --bins 32 --direction-bins 20 --env-size 2.2 --layers bottleneck --position-field target_pos |
  gridscore --score paper --paper-inner 0.125 --unvisited zero --grid-cut own --env-size 2.2 --peak-nearest 1 \
      --peak-farthest 0.8 --peak-least 0 --peak-apart 0 --scale-low 0.2 --scale-high 1.2 --baseline rectify \
      --border-strip 0.15 --border-cut 0.5 --head-direction-cut 0.47 --null field --shuffles 100 --rotations 100 \
      --field-smoothing 1 --field-threshold 0.2 --field-bins 2 --gaussian-padding 1 --seed 1 -o training.npy
